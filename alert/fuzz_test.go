package alert

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
)

// FuzzState: no state file may make its reader fail otherwise than by an error, nor hold more
// than its bound.
func FuzzState(f *testing.F) {
	f.Add(filledMemory().appendState(nil, begin))
	f.Add([]byte("{\"peeratlas_alert_state\":1}\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, octets []byte) {
		m, err := readState(octets, 3)
		if err == nil && len(m.entries) > 3 {
			t.Errorf("%d entries", len(m.entries))
		}
	})
}

// FuzzLogFile: no file of a log may make its reader fail otherwise, plain or compressed, and
// one that was changed is not whole.
func FuzzLogFile(f *testing.F) {
	c := &current{hash: sha256.New()}
	text := new(bytes.Buffer)
	c.file = discarded{text}
	c.head = fileHead{Version: LogVersion, Event: eventBegin, Sequence: 1, Time: begin}
	c.append(jsonBody(c.head), 0)
	s := hostLook(1).sighting()
	c.append(appendContact(nil, &s, EventFinal, begin), 1)
	c.finish(begin, endClosed)
	whole := text.Bytes()
	for ext, how := range map[string]string{zstdExt: "zstd", gzipExt: "gzip"} {
		packed := new(bytes.Buffer)
		pack(packed, bytes.NewReader(whole), how)
		f.Add(packed.Bytes(), ext)
	}
	f.Add(whole, "")
	f.Add(whole[:len(whole)-1], "")
	f.Fuzz(func(t *testing.T, octets []byte, ext string) {
		if ext != zstdExt && ext != gzipExt {
			ext = ""
		}
		name := filepath.Join(t.TempDir(), "c-000001-20260312T090000Z.ndjson"+ext)
		if err := os.WriteFile(name, octets, 0o600); err != nil {
			t.Fatal(err)
		}
		logs, err := VerifyLogs([]string{name}, "")
		if err == nil && ext == "" && len(logs[0].Damage) == 0 && len(octets) < len(whole)/2 {
			t.Errorf("%q is whole", octets)
		}
	})
}

// discarded is a file in memory.
type discarded struct{ *bytes.Buffer }

func (discarded) Truncate(int64) error { return nil }
func (discarded) Sync() error          { return nil }
func (discarded) Close() error         { return nil }
