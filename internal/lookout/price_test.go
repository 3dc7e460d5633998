package lookout

import "testing"

func TestPrices(t *testing.T) {
	for said, want := range map[string]float64{
		"59": 59, "59.00": 59, "59,00 zł": 59, "59,99\u00a0zł": 59.99, "1 234,56": 1234.56, "1\u00a0234,56 zł": 1234.56, "1.234,56": 1234.56,
		"1,234.56": 1234.56, "PLN 69.90": 69.90, "1,234,567": 1234567, "1.234.567,8": 1234567.8, "1.299": 1299, "0.125": 0.125, "1234.500": 1234.5,
		"59.000000": 59, "59,-": 59, "59 zł.": 59, "€ 12,5": 12.5, "12'345.60": 12345.60, "59,9": 59.9,
		"": 0, "zł": 0, "-59": 0, "−59": 0, "59 zł 69 zł": 0, "0": 0, "0,00": 0, "1e9": 0, "1000000000": 0, "1,23,45": 0, "1.23.456,7": 0, "12345678901234567890": 0, "od 59 do 69": 0,
	} {
		got, ok := Price(said)
		if ok != (want > 0) || !near(got, want) {
			t.Errorf("%q is %v, %v; want %v", said, got, ok, want)
		}
	}
}

// Whatever stands there, what is read as a price is one.
func FuzzPrice(f *testing.F) {
	for _, s := range []string{"59,00 zł", "1.234,56", "1,234.56", "٥٩", "1'000", ",.,", "9999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if x, ok := Price(s); ok && !(x > 0 && x < 1e9) || !ok && x != 0 {
			t.Errorf("%q: %v, %v", s, x, ok)
		}
	})
}
