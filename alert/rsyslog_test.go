//go:build linux

package alert

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// rsyslogd, by UDP, TCP and a socket of its own, takes what is sent and finds the same in it.
func TestRsyslog(t *testing.T) {
	program, err := exec.LookPath("rsyslogd")
	if err != nil {
		if program = "/usr/sbin/rsyslogd"; exec.Command(program, "-v").Run() != nil {
			t.Skip("there is no rsyslogd here: apt-get install rsyslog")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	dir := t.TempDir()
	config := fmt.Sprintf(`global(workDirectory="%[1]s" parser.escapeControlCharactersOnReceive="off" maxMessageSize="8k")
module(load="imudp") module(load="imtcp") module(load="imuxsock" SysSock.Use="off") module(load="mmpstrucdata")
template(name="line" type="string" string="%%app-name%%|%%msgid%%|%%procid%%|%%pri%%|%%$!rfc5424-sd!peeratlas@32473!host%%|%%$!rfc5424-sd!peeratlas@32473!detail%%\n")
ruleset(name="all") { action(type="mmpstrucdata") action(type="omfile" file="%[1]s/out" template="line") }
input(type="imudp" address="127.0.0.1" port="%[2]d" ruleset="all")
input(type="imtcp" address="127.0.0.1" port="%[2]d" ruleset="all")
input(type="imuxsock" Socket="%[1]s/log" CreatePath="off" UseSpecialParser="off" ParseHostname="on" ruleset="all")
`, dir, port)
	if err := os.WriteFile(dir+"/conf", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-n", "-f", dir+"/conf", "-i", dir+"/pid")
	var words strings.Builder
	c.Stdout, c.Stderr = &words, &words
	if err := c.Start(); err != nil {
		t.Skipf("rsyslogd does not start here: %v", err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	eventually(t, "rsyslogd to listen", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	time.Sleep(200 * time.Millisecond) // for its other inputs
	for i, address := range []string{"udp://127.0.0.1:%d", "tcp://127.0.0.1:%d", "unix://" + dir + "/log"} {
		if strings.Contains(address, "%d") {
			address = fmt.Sprintf(address, port)
		}
		sent(t, newSyslog(t, SyslogOptions{Address: address}), 10*i, 10*i+3)
	}
	var text string
	eventually(t, "nine messages", func() bool {
		b, _ := os.ReadFile(dir + "/out")
		text = string(b)
		return strings.Count(text, "\n") >= 9
	})
	for i := range 3 {
		for j := 10 * i; j < 10*i+3; j++ {
			want := fmt.Sprintf("peeratlas|FIRST_P2P_HOST|%d|28|%s|", os.Getpid(), hostLook(j).host)
			if !strings.Contains(text, want) {
				t.Errorf("no line %q in\n%s\n%s", want, text, words.String())
			}
		}
	}
	if strings.Count(text, "\n") != 9 || strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
}
