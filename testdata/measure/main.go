// Command measure compares what peeratlas costs with what other programs cost on the same
// captures, and tells how its cost grows. Run it from the root of the repository, with the files
// in memory and the machine otherwise idle:
//
//	go run ./testdata/measure [-rounds 3] FILE...
//
// It builds peeratlas, and the bare C loop in its folder if there is a C compiler, runs every
// program that is installed in turns (A B A B), and prints tables in Markdown: of each the least
// CPU time of all rounds, with the wall time and the peak memory of that round. Without files it
// prints the growth alone, from captures that it makes in a temporary folder.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// program is one column: its command, in which "{}" stands for the capture.
type program struct {
	name    string
	command []string
	env     []string
}

// cost is what one run took.
type cost struct {
	cpu, wall time.Duration
	peak      int64 // octets
	failed    string
}

func main() {
	rounds := flag.Int("rounds", 3, "runs of each program; the cheapest counts")
	growth := flag.Bool("growth", true, "also tell how cost grows with packets, flows, sockets and cores")
	flag.Parse()
	if err := run(*rounds, *growth, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(rounds int, growth bool, files []string) error {
	dir, err := os.MkdirTemp("", "measure")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	own := filepath.Join(dir, "peeratlas")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", own, "./cmd/peeratlas").CombinedOutput(); err != nil {
		return fmt.Errorf("building peeratlas (run this from the root of the repository): %w: %s", err, out)
	}
	programs := installed(dir, own)
	for _, file := range files {
		fmt.Printf("\n%s\n\n| program | CPU s | wall s | peak MB | CPU of peeratlas on one core, as a multiple |\n|---|---|---|---|---|\n", filepath.Base(file))
		costs := inTurns(programs, file, rounds)
		for i, p := range programs {
			fmt.Println(row(p.name, costs[i], costs[0]))
		}
	}
	if growth {
		return grow(own, dir, rounds)
	}
	return nil
}

// installed are the programs that this machine has, peeratlas on one core first.
func installed(dir, own string) []program {
	report := []string{own, "report", "{}"}
	programs := []program{
		{"peeratlas report, one core", report, []string{"GOMAXPROCS=1"}},
		{fmt.Sprintf("peeratlas report, %d cores", runtime.NumCPU()), report, nil},
		{"peeratlas flows", []string{own, "flows", "{}"}, nil},
	}
	loop := filepath.Join(dir, "loop")
	if exec.Command("cc", "-O2", "-march=native", "-o", loop, "testdata/measure/loop/loop.c").Run() == nil {
		programs = append(programs, program{"bare C loop", []string{loop, "{}"}, nil})
	} else {
		fmt.Fprintln(os.Stderr, "measure: no C compiler (cc): the bare loop is left out")
	}
	for _, p := range []program{
		{"ndpiReader -q", []string{"ndpiReader", "-q", "-i", "{}"}, nil},
		{"tshark -q -z conv", []string{"tshark", "-n", "-q", "-z", "conv,tcp", "-z", "conv,udp", "-r", "{}"}, nil},
		{"argus", []string{"argus", "-X", "-r", "{}", "-w", os.DevNull}, nil},
		{"softflowd", []string{"softflowd", "-d", "-r", "{}", "-m", "2000000"}, nil},
		{"tcpdump -w /dev/null", []string{"tcpdump", "-r", "{}", "-w", os.DevNull}, nil},
	} {
		if _, err := exec.LookPath(p.command[0]); err != nil {
			fmt.Fprintf(os.Stderr, "measure: %s is not installed, and left out\n", p.command[0])
			continue
		}
		programs = append(programs, p)
	}
	return programs
}

// inTurns runs all programs once a round, and returns the cheapest run of each.
func inTurns(programs []program, file string, rounds int) []cost {
	best := make([]cost, len(programs))
	for round := range rounds {
		for i, p := range programs {
			if c := p.run(file); round == 0 || c.failed == "" && c.cpu < best[i].cpu {
				best[i] = c
			}
		}
	}
	return best
}

func (p program) run(file string) cost {
	args := make([]string, len(p.command))
	for i, a := range p.command {
		args[i] = strings.ReplaceAll(a, "{}", file)
	}
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), p.env...)
	var words strings.Builder
	c.Stderr = &words
	begun := time.Now()
	err := c.Run()
	used := cost{wall: time.Since(begun)}
	if c.ProcessState == nil || err != nil && c.ProcessState.ExitCode() != 3 { // 3: the capture has losses
		used.failed = fmt.Sprint(err, " ", strings.TrimSpace(words.String()))
		return used
	}
	used.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		used.peak = int64(u.Maxrss) << 10
	}
	return used
}

func row(name string, c, own cost) string {
	if c.failed != "" {
		return fmt.Sprintf("| %s | failed: %.60q | | | |", name, c.failed)
	}
	return fmt.Sprintf("| %s | %.2f | %.2f | %d | %.2f |", name, c.cpu.Seconds(), c.wall.Seconds(), c.peak>>20, c.cpu.Seconds()/own.cpu.Seconds())
}
