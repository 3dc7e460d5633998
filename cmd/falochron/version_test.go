package main

import (
	"debug/buildinfo"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestBuildOf(t *testing.T) {
	for _, tc := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{}, "falochron devel go"},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "falochron devel go"},
		{debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, "falochron v0.1.0 go"},
		{debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "false"},
		}}, "falochron v0.1.0 0123456789ab go"},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
			{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "0123456789abcdef"},
		}}, "falochron devel 0123456789ab (changed since) go"},
	} {
		if got := buildOf(&tc.info).String(); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%q, want %q…", got, tc.want)
		}
	}
}

// A program built as a release is (the tests' own binary has no stamp) says the
// same version at the command line, in its log, in its metrics and at the foot of
// the live page; and it is the one that the go command stamped it with.
func TestOneVersionEverywhere(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "falochron")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=auto", "-o", name, ".")
	// Without C, as releases are. A checkout of another owner's is stamped, too.
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := buildinfo.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := info.Main.Version
	if want == "" || want == "(devel)" {
		if os.Getenv("CI") != "" {
			t.Fatal("the checkout gives no stamp, and this is CI")
		}
		t.Skip("this is no checkout of git: a build of it has no stamp")
	}
	said, err := exec.CommandContext(t.Context(), name, "version").Output()
	if err != nil || !strings.HasPrefix(string(said), "falochron "+want+" ") {
		t.Errorf("version says %q, %v; want %s", said, err, want)
	}
	data := t.TempDir()
	p := &program{
		cmd:   exec.Command(name, "run", "--origin", "http://127.0.0.1:9", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", data),
		ended: make(chan struct{}), fail: t.Fatalf, data: data,
	}
	p.launch(data)
	t.Cleanup(func() { p.cleanup(t) })
	p.ready()
	p.logs(`msg=started version="` + strings.TrimSpace(string(said)) + `"`)
	if _, text := p.api("GET", "/metrics", ""); !strings.Contains(text, `falochron_build_info{version="`+want+`"} 1`) {
		t.Errorf("the metrics do not say %s", want)
	}
	if status, text := p.api("GET", "/", ""); status != 200 || !strings.Contains(html.UnescapeString(text), "Falochron "+want) {
		t.Errorf("the live page does not say %s: %d", want, status)
	}
}
