package console

import "reflect"

// nasty are texts that people may type, or that somebody means ill by: markup
// and scripts for every place of a page, a word without an end, right-to-left
// script with an override, and signs made of several.
func nasty() []string {
	return []string{
		`<script>alert(1)</script><img src=x onerror=alert(1)>`,
		`"><svg/onload=alert(1)>'--></title></textarea>`,
		`Rozporządzenieniewymawialnewielokrotniezłożonesłowobezkońcaibezprzerwyktóreniemieścisię`,
		"מבצע ענק \u202Eשל קיץ נגמר בקרוב",
		`👩🏽‍🎤🏳️‍🌈 {{.}} ${7*7} %s javascript:alert(1)`,
	}
}

// spoil writes the texts, one after the other, into every string and sentence of
// a view. Values of fixed sets and addresses have types of their own and stay.
func spoil(v any, texts []string) {
	n := 0
	var walk func(reflect.Value)
	walk = func(x reflect.Value) {
		switch x.Kind() {
		case reflect.Pointer, reflect.Interface:
			if !x.IsNil() {
				walk(x.Elem())
			}
		case reflect.Slice:
			for i := range x.Len() {
				walk(x.Index(i))
			}
		case reflect.Struct:
			if x.Type() == reflect.TypeFor[Frame]() {
				walk(x.FieldByName("Who"))
				walk(x.FieldByName("Done"))
				walk(x.FieldByName("Failed"))
				for i := range x.FieldByName("Nav").Len() {
					walk(x.FieldByName("Nav").Index(i).FieldByName("Name"))
				}
				return
			}
			for i := range x.NumField() {
				if f := x.Field(i); f.CanSet() {
					walk(f)
				}
			}
		case reflect.String:
			if x.Type() == reflect.TypeFor[string]() {
				x.SetString(texts[n%len(texts)])
				n++
			}
		}
	}
	walk(reflect.ValueOf(v))
}
