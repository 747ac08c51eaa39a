package pipeline

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"peeratlas/report"
)

// smallDisk mounts a file system of 1 MiB of which a file named ballast takes a part.
func smallDisk(t *testing.T, dir string) string {
	t.Helper()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small file system cannot be mounted (%v): what a full disk does is not tested", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 512<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A keeper that is killed leaves a file of whole packets.
func TestKeeperKilled(t *testing.T) {
	if name := os.Getenv("KEEPER_KILLED"); name != "" {
		r := newReplay(t, "../testdata/office.pcapng")
		k := newTestKeeper(t, KeeperOptions{Name: name, All: true})
		for {
			r.send(t, k, 0, len(r.packets))
			k.Look(&report.Look{})
			fmt.Println("written")
		}
	}
	for range 3 {
		name := filepath.Join(t.TempDir(), "x.pcapng")
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKeeperKilled$")
		cmd.Env = append(os.Environ(), "KEEPER_KILLED="+name)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		packets, want := octetsOf(t, name), newReplay(t, "../testdata/office.pcapng").packets
		if len(packets) < len(want) {
			t.Fatalf("%d packets", len(packets))
		}
		for i, p := range packets {
			if string(p) != string(want[i%len(want)].Data) {
				t.Fatalf("packet %d is another", i)
			}
		}
	}
}
