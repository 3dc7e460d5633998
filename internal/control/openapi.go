package control

import (
	"cmp"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// The description of the API for programs, in OpenAPI 3.1. It is made of the routes
// themselves and of the types that handlers read and write, so that it cannot say
// something else; what only people know stands in the table of operations.

// operation is what there is to say of a route beside its path and its right.
type operation struct {
	summary string // as in the table of docs/api.md
	query   []parameter
	body    any    // what the body is read into; nil: none is read
	maybe   bool   // the body may be left out
	loose   bool   // what the body holds beside is passed over
	files   bool   // the body is a file of one of fileTypes
	answer  any    // what is answered when it was done
	status  int    // of that answer; 0 = 200
	stream  string // media type of an answer that is no JSON
}

// parameter is one of the query.
type parameter struct {
	name, what string
	of         any
	needed     bool
}

// member is a field of an answer that a handler puts together.
type member struct {
	name string
	of   any
}

// members are an answer that a handler puts together.
type members []member

// apiPrefix is what all of the API has in common.
const apiPrefix = "/api/v1/"

// object is a JSON object.
type object = map[string]any

// getOpenAPI answers with the description of the API.
func (c *Control) getOpenAPI(w http.ResponseWriter, _ *http.Request, _ actor) error {
	return answer(w, http.StatusOK, c.describe())
}

// describe makes the description.
func (c *Control) describe() object {
	d := &description{components: object{}, paths: object{}}
	table := operations()
	for _, r := range c.guarded() {
		for method := range r.methods {
			if method != http.MethodHead { // it comes with every GET
				d.route(method, r.path, []object{nil, {"stock": []string{}}, {"admin": []string{}}}[r.need], table)
			}
		}
	}
	for pattern := range c.open() {
		if method, path, ok := strings.Cut(pattern, " "); ok {
			d.route(method, path, object{"signature": []string{}}, table)
		}
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Falochron", "version": c.cfg.Version,
			"description": "The operators' API, and the hooks of schedulers. docs/api.md and docs/news.md say in words what it means.",
		},
		"servers": []object{{"url": "/"}},
		"paths":   d.paths,
		"components": object{
			"schemas": d.components,
			"securitySchemes": object{
				"admin":     object{"type": "http", "scheme": "bearer", "description": "the token in admin-token of the data folder"},
				"session":   object{"type": "apiKey", "in": "cookie", "name": SessionCookie, "description": "who has signed in at the live page"},
				"stock":     object{"type": "http", "scheme": "bearer", "description": "the shop's stock.token"},
				"signature": object{"type": "apiKey", "in": "header", "name": "webhook-signature", "description": "Standard Webhooks 1.0: HMAC-SHA256 with the secret of a link, beside webhook-id and webhook-timestamp"},
			},
		},
	}
}

// description is what was described so far.
type description struct {
	components object
	paths      object
	loose      bool // types that are described now may hold more
}

// route describes one method of a path, if it is one of the API that is in the table.
// The command of the plan are a path each, since each has a body of its own.
func (d *description) route(method, path string, right object, table map[string]operation) {
	op, known := table[method+" "+path]
	if !known {
		return
	}
	if path != commandPath {
		d.operation(method, path, right, &op)
		return
	}
	for name, parse := range planCommands {
		one := op
		one.summary += ": " + name
		_, _ = parse(func(into any) error { // reads nothing: it says what it would read into
			one.body = reflect.ValueOf(into).Elem().Interface()
			return nil
		})
		d.operation(method, strings.Replace(path, "{command}", name, 1), right, &one)
	}
}

const commandPath = apiPrefix + "plan/commands/{command}"

func (d *description) operation(method, path string, right object, op *operation) {
	params := []object{}
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			params = append(params, object{"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": object{"type": "string"}})
		}
	}
	for _, q := range op.query {
		params = append(params, object{"name": q.name, "in": "query", "required": q.needed, "description": q.what, "schema": d.schema(reflect.TypeOf(q.of), false)})
	}
	if strings.HasPrefix(path, apiPrefix+"plan/") {
		params = append(params, object{"name": PlanLinkHeader, "in": "header", "description": "id of a link that was given to a party, to act as whoever opens it", "schema": object{"type": "string"}})
	}
	security := []object{right}
	if right["admin"] != nil || right["stock"] != nil {
		security = []object{right, {"session": []string{}}}
	}
	if right["stock"] != nil {
		security = append(security, object{"admin": []string{}})
	}
	out := object{"summary": op.summary, "operationId": operationID(method, path), "parameters": params, "security": security}
	if op.body != nil {
		d.loose = op.loose
		schema := d.schema(reflect.TypeOf(op.body), false)
		d.loose = false
		out["requestBody"] = object{"required": !op.maybe, "content": object{"application/json": object{"schema": schema}}}
	}
	if op.files {
		content := object{}
		for _, t := range fileTypes {
			content[t] = object{"schema": object{"type": "string"}}
		}
		out["requestBody"] = object{"required": true, "content": content}
	}
	media, schema := op.stream, object{"type": "string"}
	if media == "" {
		media, schema = "application/json", d.answer(op.answer)
	}
	out["responses"] = object{
		strconv.Itoa(cmp.Or(op.status, http.StatusOK)): object{"description": "done", "content": object{media: object{"schema": schema}}},
		"default": object{"description": "refused, with what to do", "content": object{"application/json": object{"schema": d.answer(members{{"error", fault{}}})}}},
	}
	item, _ := d.paths[path].(object)
	if item == nil {
		item = object{}
		d.paths[path] = item
	}
	item[strings.ToLower(method)] = out
	if method == http.MethodGet {
		item["head"] = object{
			"summary": op.summary, "operationId": operationID(http.MethodHead, path), "parameters": params, "security": security,
			"responses": object{"200": object{"description": "as GET, without a body"}, "default": object{"description": "refused"}},
		}
	}
}

// operationID names an operation for generators: get-plan-campaigns-campaign.
func operationID(method, path string) string {
	return strings.ToLower(method) + "-" + strings.NewReplacer("/", "-", "{", "", "}", "", ".", "-").Replace(strings.TrimPrefix(path, apiPrefix))
}

// answer is the schema of an answer.
func (d *description) answer(v any) object {
	all, together := v.(members)
	if !together {
		return d.schema(reflect.TypeOf(v), true)
	}
	properties, required := object{}, []string{}
	for _, m := range all {
		if of, nested := m.of.(members); nested {
			properties[m.name] = d.answer(of)
		} else {
			properties[m.name] = d.schema(reflect.TypeOf(m.of), true)
		}
		required = append(required, m.name)
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// enums are the types whose values are few.
func enums() map[reflect.Type][]string {
	roles := []string{}
	for _, r := range plan.Roles() {
		roles = append(roles, string(r))
	}
	modes := []string{}
	for _, m := range []falochron.Mode{falochron.ModeAuto, falochron.ModeWatch, falochron.ModeShop, falochron.ModeHold, falochron.ModeOff} {
		modes = append(modes, m.String())
	}
	return map[reflect.Type][]string{
		reflect.TypeFor[plan.Role]():      roles,
		reflect.TypeFor[falochron.Mode](): modes,
		reflect.TypeFor[Outcome]():        {string(WasAdded), string(WasChanged), string(WasCancelled), string(WasPublished), string(WasSame)},
	}
}

// schema describes a type as it is written, or as it is read: then nothing is needed,
// since what is missing is refused in words.
func (d *description) schema(t reflect.Type, written bool) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[secs]():
		return object{"type": "number", "description": "seconds"}
	}
	if values := enums()[t]; values != nil {
		return object{"type": "string", "enum": values}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Pointer:
		return object{"anyOf": []object{d.schema(t.Elem(), written), {"type": "null"}}}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 { // JSON that is handed on
			return object{}
		}
		return object{"type": "array", "items": d.schema(t.Elem(), written)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": d.schema(t.Elem(), written)}
	case reflect.Struct:
		return d.structure(t, written)
	}
	return object{}
}

// structure describes a struct, once for all who use it.
func (d *description) structure(t reflect.Type, written bool) object {
	name := t.String() // "plan.Post"
	if !written {
		name += ".given"
	}
	if t.Name() != "" {
		if _, described := d.components[name]; described {
			return object{"$ref": "#/components/schemas/" + name}
		}
		d.components[name] = object{} // so that a type that holds itself ends
	}
	properties, required := object{}, []string{}
	for _, f := range fieldsOf(t) {
		if f.of == reflect.TypeFor[hidden]() {
			continue // written otherwise
		}
		of := f.of
		if f.omitted && of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		properties[f.name] = d.schema(of, written)
		if written && !f.omitted {
			required = append(required, f.name)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": d.loose}
	if len(required) > 0 {
		out["required"] = required
	}
	if t.Name() == "" {
		return out
	}
	d.components[name] = out
	return object{"$ref": "#/components/schemas/" + name}
}

// jsonField is a field as encoding/json sees it.
type jsonField struct {
	name    string
	of      reflect.Type
	omitted bool // where it is empty
	depth   int
}

// fieldsOf are the fields of a struct and of what is embedded in it: of two of a name the
// outer one counts, as encoding/json has it.
func fieldsOf(t reflect.Type) (out []jsonField) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, given := f.Tag.Lookup("json")
		name, flags, _ := strings.Cut(tag, ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && !given {
			for _, inner := range fieldsOf(f.Type) {
				inner.depth++
				out = shadowed(out, inner)
			}
			continue
		}
		if name == "" {
			name = f.Name
		}
		out = shadowed(out, jsonField{name: name, of: f.Type, omitted: strings.Contains(flags, "omit")})
	}
	return out
}

// shadowed adds a field, unless an outer one has its name.
func shadowed(all []jsonField, f jsonField) []jsonField {
	i := slices.IndexFunc(all, func(o jsonField) bool { return o.name == f.name })
	switch {
	case i < 0:
		return append(all, f)
	case f.depth < all[i].depth:
		all[i] = f
	case f.depth == all[i].depth:
		panic(fmt.Sprintf("two fields are called %s", f.name)) // encoding/json would write neither; a test meets it
	}
	return all
}
