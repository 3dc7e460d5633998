package control

import "github.com/falochron/falochron"

// Pass makes something that passes part of a shop's orders: what the radar has done to
// crowds, what replicas that are starting make of the shop. It is no order of an operator.
// A shop that is not there is left alone.
func (c *Control) Pass(shop string, edit func(*falochron.Snapshot)) {
	_, _, _ = c.publish(shop, func(s *falochron.Snapshot) (string, error) { // an error says only that the shop has gone
		edit(s)
		return "passing", nil
	})
}
