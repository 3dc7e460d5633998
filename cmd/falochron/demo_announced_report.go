package main

import (
	"encoding/json"
	"html/template"
	"os"
	"path/filepath"
	"time"
)

// What the report's folder holds besides the pictures.
const (
	reportPage   = "index.html"
	reportResult = "result.json"
)

var announcedPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"clock": func(t time.Time) string { return t.Format("15:04:05") },
}).Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Falochron: an announced wave</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #16202b }
table { border-collapse: collapse } td { padding: .2rem .8rem .2rem 0; vertical-align: top }
.broken { color: #a40000; font-weight: bold }
time { color: #55616e; font-variant-numeric: tabular-nums }
figure { display: inline-block; margin: .5rem 1rem 1rem 0; max-width: 46% } img { max-width: 100%; max-height: 36rem; border: 1px solid #ccd3da }
</style>
<h1>An announced wave</h1>
<p>Seed {{.Seed}}, {{.Workers}} workers{{with .Fault}}, planted fault: {{.}}{{end}}. It took {{.TookS}} s; the machine was busy to {{.BusyMean}} of all it has.</p>
{{range .VoidBecause}}<p class="broken">Proves nothing: {{.}}</p>
{{end}}<table>
{{range .Promises}}<tr{{if not .Holds}} class="broken"{{end}}><td>{{if .Holds}}kept{{else}}BROKEN{{end}}</td><td>{{.What}}</td><td>{{.Got}}</td><td>{{.Want}}</td></tr>
{{end}}</table>
{{range .Story}}<p><time>{{clock .At}}</time> {{.Says}}</p>
{{range .Pictures}}<figure><a href="{{.}}"><img src="{{.}}" alt=""></a><figcaption>{{.}}</figcaption></figure>
{{end}}{{end}}</html>
`))

// write writes the report and the result into a folder.
func (r *announcedResult) write(folder string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, reportResult), append(b, '\n'), 0o644); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(folder, reportPage))
	if err != nil {
		return err
	}
	if err := announcedPage.Execute(f, r); err != nil {
		_ = f.Close() // the first error is told
		return err
	}
	return f.Close()
}
