package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A data folder of somebody else is refused with what to do about it. Nothing is
// forbidden to root, so root asks as nobody.
func TestFolderOfSomebodyElse(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("falochron")
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	var as *syscall.Credential
	if os.Getuid() == 0 {
		const nobody = 65534
		open, err := os.MkdirTemp("", "falochron-test-") // t.TempDir lies below a folder that nobody may enter
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(open) })
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
		program = copyProgram(t, program, filepath.Join(open, "falochron"))
		data = filepath.Join(open, "data")
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		as = &syscall.Credential{Uid: nobody, Gid: nobody}
	} else if err := os.Chmod(data, 0o000); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "run", "--origin", "http://127.0.0.1:9", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", data)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("ended with %v", err)
	}
	for _, want := range []string{"may not be read or written by this user", "hint: give it to user ", "--data"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
}

func copyProgram(t *testing.T, from, to string) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}
