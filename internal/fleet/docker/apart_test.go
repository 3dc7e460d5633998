package docker

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// within is set for tests that have a network of their own.
const within = "FALOCHRON_DOCKER_APART"

// apart runs these tests once more in a network of their own, where that is allowed, and
// reports that it did, and how they ended. Engines make and remove a bridge and a pair of
// devices for each container; on the network of the machine a browser beside them would see
// it change all the time, and give up what it is loading.
func apart() (code int, ran bool) {
	if os.Getuid() != 0 || os.Getenv(within) != "" {
		return 0, false
	}
	runtime.LockOSThread() // the system ties the child's end to that of the thread that started it
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), within+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0, true
	case errors.As(err, &ended):
		return max(ended.ExitCode(), 1), true
	default: // it was not started
		return 0, false
	}
}

// loopbackUp switches on the one device that a new network has.
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(s, unix.SIOCGIFFLAGS, lo); err != nil {
		return err
	}
	lo.SetUint16(lo.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo)
}
