package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// patience is how long a test waits for what must come. It is never waited for in full
// when all is well.
const patience = 10 * time.Minute

// engines are the Docker Engines of all tests; the first that needs one starts it.
var engines = struct{ first, second engine }{first: engine{number: 1}, second: engine{number: 2}}

func TestMain(m *testing.M) {
	if code, ran := apart(); ran {
		os.Exit(code)
	}
	if os.Getenv(within) != "" {
		if err := loopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, "a network for the tests:", err)
			os.Exit(1)
		}
	}
	code := m.Run()
	for _, e := range []*engine{&engines.first, &engines.second} {
		if err := e.end(); err != nil {
			fmt.Fprintln(os.Stderr, "docker engine:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// engine is a real dockerd with folders and a socket of its own, without the usual bridge
// and without rules of a packet filter. It ends with the tests, however they end.
type engine struct {
	number int
	once   sync.Once
	why    error // why there is none
	absent bool  // it is not installed, or may not run here

	dir     string
	more    []string // further arguments
	process *os.Process
	ended   chan struct{}
	cli     *client.Client
	bridge  string
}

// shopImage and shopNetwork are what every engine here has.
const (
	shopImage   = "falochron.test/toyshop:1"
	shopNetwork = "shopnet"
)

// needed skips or fails a test where there is no engine.
func (e *engine) needed(t testing.TB) *engine {
	t.Helper()
	e.once.Do(func() {
		if e.why = e.start(); e.why != nil {
			e.why = errors.Join(e.why, e.end())
		}
	})
	if e.why == nil {
		return e
	}
	if e.absent && os.Getenv("CI") == "" {
		t.Skip(e.why)
	}
	t.Fatal("there is no Docker Engine: ", e.why) // in CI, or it does not start
	return nil
}

func (e *engine) start() error {
	if _, err := exec.LookPath("dockerd"); err != nil {
		e.absent = true
		return errors.New("Docker Engine is not installed; make test installs it, or: apt-get install docker.io iptables")
	}
	if os.Getuid() != 0 {
		e.absent = true
		return errors.New("dockerd needs root; run the tests of internal/fleet/docker as root")
	}
	program, err := binary() // takes minutes on a busy machine; the engine waits for nobody
	if err != nil {
		return err
	}
	// A socket's path may be 107 bytes long; the names of tests are longer.
	sweep()
	if e.dir, err = os.MkdirTemp("", fmt.Sprintf("falochron-docker-%d-", os.Getpid())); err != nil {
		return err
	}
	if err := e.run(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	defer cancel()
	e.bridge = fmt.Sprintf("fal%d-%d", e.number, os.Getpid()) // 15 bytes at the most
	pid := os.Getpid()
	subnet, err := netip.ParsePrefix(fmt.Sprintf("198.%d.%d.%d/25", 18+pid>>8&1, pid&255, 128*(e.number-1)))
	if err != nil {
		return err
	}
	if _, err = e.cli.NetworkCreate(ctx, shopNetwork, client.NetworkCreateOptions{
		Driver:  "bridge",
		IPAM:    &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}},
		Options: map[string]string{"com.docker.network.bridge.name": e.bridge, "com.docker.network.bridge.enable_ip_masquerade": "false"},
	}); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return e.load(ctx, shopImage, program)
}

// sweep removes what tests have left that were killed: dockerd ends with them, and leaves
// its bridge and its folders.
func sweep() {
	links, _ := filepath.Glob("/sys/class/net/fal[12]-*")
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), "falochron-docker-*-*"))
	for _, path := range append(links, dirs...) {
		name := filepath.Base(path)
		pid, err := strconv.Atoi(strings.Split(strings.TrimPrefix(name, "falochron-docker"), "-")[1])
		if err != nil || syscall.Kill(pid, 0) == nil {
			continue // they run beside us
		}
		if strings.HasPrefix(path, "/sys/") {
			_ = exec.Command("ip", "link", "delete", name).Run()
			continue
		}
		_ = os.RemoveAll(path)
	}
}

// run starts dockerd and waits until it answers.
func (e *engine) run() error {
	config := filepath.Join(e.dir, "daemon.json")
	if err := os.WriteFile(config, []byte("{}"), 0o600); err != nil { // never that of this machine's own engine
		return err
	}
	log, err := os.Create(filepath.Join(e.dir, "log"))
	if err != nil {
		return err
	}
	cmd := exec.Command("dockerd", append([]string{
		"--config-file", config, "--data-root", filepath.Join(e.dir, "data"), "--exec-root", filepath.Join(e.dir, "exec"),
		"--pidfile", filepath.Join(e.dir, "pid"), "-H", "unix://" + e.socket(),
		"--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
		"--shutdown-timeout=2",
	}, e.more...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The system ties the child's end to that of the thread that started it.
		runtime.LockOSThread()
		defer close(ended)
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	e.process, e.ended = cmd.Process, ended
	if e.cli == nil {
		if e.cli, err = client.New(client.WithHost("unix://" + e.socket())); err != nil {
			return err
		}
	}
	for last := time.Now().Add(2 * patience); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, err := e.cli.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("dockerd ended at its start:\n%s", text)
		default:
		}
		if time.Now().After(last) {
			return err
		}
	}
}

func (e *engine) socket() string { return filepath.Join(e.dir, "docker.sock") }

// halt ends dockerd, as a machine does that goes down.
func (e *engine) halt() {
	if e.process == nil {
		return
	}
	_ = e.process.Signal(syscall.SIGTERM)
	<-e.ended
	e.process = nil
}

// end leaves nothing of the engine behind: no container, bridge, mount or file.
func (e *engine) end() error {
	if e.dir == "" {
		return nil
	}
	var faults []error
	if e.cli != nil && e.process != nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		all, err := e.cli.ContainerList(ctx, client.ContainerListOptions{All: true})
		faults = append(faults, err)
		for _, c := range all.Items {
			_, err := e.cli.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			faults = append(faults, err)
		}
		if e.bridge != "" {
			// On a busy machine Docker keeps an endpoint of a container that is gone, and then
			// the network (moby: "has active endpoints"); its bridge is removed below.
			_, _ = e.cli.NetworkRemove(ctx, shopNetwork, client.NetworkRemoveOptions{})
		}
		_ = e.cli.Close()
	}
	e.halt()
	mounts, err := os.ReadFile("/proc/self/mounts")
	faults = append(faults, err)
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], e.dir+"/") {
			if err := syscall.Unmount(f[1], syscall.MNT_DETACH); err != nil {
				faults = append(faults, fmt.Errorf("%s is left mounted: %w", f[1], err))
			}
		}
	}
	faults = append(faults, os.RemoveAll(e.dir))
	if e.bridge != "" {
		if _, err := os.Stat("/sys/class/net/" + e.bridge); err == nil {
			if text, err := exec.Command("ip", "link", "delete", e.bridge).CombinedOutput(); err != nil {
				faults = append(faults, fmt.Errorf("the bridge %s is left behind: %w\n%s", e.bridge, err, text))
			}
		}
	}
	return errors.Join(faults...)
}

// binary is this project's program, linked so that it runs alone.
var binary = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "falochron-binary-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "falochron")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "../../../cmd/falochron")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the toy shop: %w\n%s", err, text)
	}
	return os.ReadFile(out)
})

// load makes an image from nothing but the program: no registry is asked.
func (e *engine) load(ctx context.Context, name string, program []byte) error {
	var image bytes.Buffer
	w := tar.NewWriter(&image)
	for _, f := range []tar.Header{
		{Name: "falochron", Mode: 0o755, Size: int64(len(program)), Typeflag: tar.TypeReg},
		{Name: "tmp/", Mode: 0o777, Typeflag: tar.TypeDir},
	} {
		if err := w.WriteHeader(&f); err != nil {
			return err
		}
		if f.Size > 0 {
			if _, err := w.Write(program); err != nil {
				return err
			}
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	made, err := e.cli.ImageImport(ctx, client.ImageImportSource{Source: &image, SourceName: "-"}, name, client.ImageImportOptions{
		Changes: []string{`ENTRYPOINT ["/falochron"]`, `EXPOSE 8080/tcp`},
	})
	if err != nil {
		return fmt.Errorf("image: %w", err)
	}
	defer made.Close()
	_, err = io.Copy(io.Discard, made)
	return err
}
