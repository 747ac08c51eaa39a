package capture

import "strings"

// told is what inputs say of their interfaces, by number. A nil told keeps nothing.
type told struct{ interfaces []toldInterface }

type toldInterface struct {
	input int // place among the inputs, and one; 0 is not told
	said  InterfaceInfo
}

// maxTold bounds the interfaces of which this is kept, and mostSaid the octets of each text: a
// hostile file describes as many as it has octets for.
const (
	maxTold  = 1 << 16
	mostSaid = 256
)

// tell notes interface number n of an input. A file that is opened again tells the same again.
func (t *told) tell(n uint32, input int, said InterfaceInfo) {
	if t == nil || n >= maxTold {
		return
	}
	for len(t.interfaces) <= int(n) {
		t.interfaces = append(t.interfaces, toldInterface{})
	}
	t.interfaces[n] = toldInterface{input + 1, said}
}

// note takes what an option of an interface description says (section 4.2).
func (i *InterfaceInfo) note(code uint16, value []byte) {
	text := strings.TrimRight(string(value[:min(len(value), mostSaid)]), "\x00")
	switch code {
	case optionName:
		i.Name = text
	case optionDescription:
		i.Description = text
	case optionFilter:
		if rest, isText := strings.CutPrefix(text, "\x00"); isText {
			i.Filter = rest
		}
	}
}

// Interface tells what was said of interface number n, as packets name it, and of which input it
// is: the index in Stats().Inputs. It knows only what Options.Describe asked to be kept, and no
// more than 65,536 interfaces.
func (f *Files) Interface(n uint32) (info InterfaceInfo, input int, known bool) {
	t := f.ledger.told
	if t == nil || int64(n) >= int64(len(t.interfaces)) || t.interfaces[n].input == 0 {
		return InterfaceInfo{}, 0, false
	}
	return t.interfaces[n].said, t.interfaces[n].input - 1, true
}
