package process

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync"
	"time"

	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// A process that reads hostile packets should not also have the right to look into every other
// process; and in a Landlock domain it has not. So a second process, which reads no packets, keeps
// the Finder and answers questions (Serve) that the first one asks by two pipes (Remote).
//
// A question is of 42 octets, an answer of 10 and two texts; numbers are big-endian.
//
//	question   0 number   4 protocol   6 ports, local and remote   10 addresses, local and remote
//	answer     0 number   4 process    8 lengths of the name and the user, an octet each   10 these
const (
	questionLength = 42
	answerLength   = 10
)

// Owners are asked by Serve: a Finder.
type Owners interface {
	Owner(protocol packet.Protocol, local, remote netip.AddrPort) report.Owner
}

// Serve answers questions until they end. Their writer is not trusted: what it asks is only looked up.
func Serve(questions io.Reader, answers io.Writer, owners Owners) error {
	var q [questionLength]byte
	for {
		if _, err := io.ReadFull(questions, q[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("questions of owners: %w", err)
		}
		local := netip.AddrPortFrom(netip.AddrFrom16([16]byte(q[10:26])).Unmap(), binary.BigEndian.Uint16(q[6:]))
		remote := netip.AddrPortFrom(netip.AddrFrom16([16]byte(q[26:42])).Unmap(), binary.BigEndian.Uint16(q[8:]))
		o := owners.Owner(packet.Protocol(q[4]), local, remote)
		o.Name, o.User = o.Name[:min(len(o.Name), 255)], o.User[:min(len(o.User), 255)]
		a := append([]byte(nil), q[:4]...)
		a = binary.BigEndian.AppendUint32(a, uint32(o.PID))
		a = append(a, byte(len(o.Name)), byte(len(o.User)))
		a = append(append(a, o.Name...), o.User...)
		if _, err := answers.Write(a); err != nil {
			return fmt.Errorf("answers of owners: %w", err)
		}
	}
}

// Remote asks a process that Serves. Its methods may be called by several goroutines.
type Remote struct {
	mu        sync.Mutex
	questions *os.File
	answers   *os.File
	number    uint32
	buffer    []byte // of answers that are not whole yet
	late      time.Time
	err       error
}

// NewRemote asks by the pipes, which it closes.
func NewRemote(questions, answers *os.File) *Remote {
	return &Remote{questions: questions, answers: answers}
}

// The time that Owner waits for an answer, and for how long after one that was late it asks nothing.
const (
	answerWait = 5 * time.Millisecond
	answerRest = 200 * time.Millisecond
)

// Owner tells who has the socket at the local end of a flow, as Finder.Owner. It takes 5 ms at
// most; the zero Owner also says that no answer came.
func (r *Remote) Owner(protocol packet.Protocol, local, remote netip.AddrPort) report.Owner {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.err != nil || now.Sub(r.late) < answerRest || !local.IsValid() || !remote.IsValid() {
		return report.Owner{}
	}
	o, err := r.ask(protocol, local, remote, now.Add(answerWait))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		r.late = now
	} else if err != nil {
		r.err = fmt.Errorf("who finds owners of sockets is gone: %w", err)
	}
	return o
}

func (r *Remote) ask(protocol packet.Protocol, local, remote netip.AddrPort, deadline time.Time) (report.Owner, error) {
	r.number++
	q := binary.BigEndian.AppendUint32(make([]byte, 0, questionLength), r.number)
	q = append(q, byte(protocol), 0)
	q = binary.BigEndian.AppendUint16(q, local.Port())
	q = binary.BigEndian.AppendUint16(q, remote.Port())
	l, m := local.Addr().As16(), remote.Addr().As16()
	q = append(append(q, l[:]...), m[:]...)
	// So few octets are written whole or not at all: pipe(7), PIPE_BUF.
	r.questions.SetWriteDeadline(deadline)
	if _, err := r.questions.Write(q); err != nil {
		return report.Owner{}, err
	}
	r.answers.SetReadDeadline(deadline)
	var b [1024]byte
	for {
		for {
			number, o, length := readAnswer(r.buffer)
			if length == 0 {
				break
			}
			r.buffer = r.buffer[:copy(r.buffer, r.buffer[length:])]
			if number == r.number {
				return o, nil
			}
		}
		n, err := r.answers.Read(b[:])
		if err != nil {
			return report.Owner{}, err
		}
		r.buffer = append(r.buffer, b[:n]...)
	}
}

// readAnswer reads the first answer of b, and tells its length; 0 if it is not whole.
func readAnswer(b []byte) (number uint32, o report.Owner, length int) {
	if len(b) < answerLength {
		return 0, o, 0
	}
	name := int(b[8])
	length = answerLength + name + int(b[9])
	if len(b) < length {
		return 0, o, 0
	}
	o.PID = int(binary.BigEndian.Uint32(b[4:]) & (1<<31 - 1))
	o.Name, o.User = string(b[answerLength:answerLength+name]), string(b[answerLength+name:length])
	return binary.BigEndian.Uint32(b), o, length
}

// FlowOwner is Owner for an end of a flow, as pipeline.WatchOptions.Owner asks.
func (r *Remote) FlowOwner(fl *flow.Flow, end int) report.Owner {
	local, remote := ends(fl.Key, end)
	return r.Owner(fl.Key.Protocol, local, remote)
}

// Err tells why no answers come any more, nil while they do.
func (r *Remote) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close ends the questions, by which the other process ends.
func (r *Remote) Close() error {
	return errors.Join(r.questions.Close(), r.answers.Close())
}
