package report

import "strings"

// ownerCell is whose a socket is, behind a separator; "" if it is not told.
func ownerCell(separator string, all []Owner) string {
	var cells []string
	for _, o := range all {
		cells = append(cells, code(o.words()))
	}
	if len(cells) == 0 {
		return ""
	}
	return separator + strings.Join(cells, " or ")
}

// processes lists the processes of the hosts, as listings tell.
func (m *markdown) processes(s *Summary) {
	if s.Joined == nil {
		return
	}
	m.para("## Processes", "As a pasted listing of sockets tells: "+markup(s.Joined.Words())+".")
	var rows [][]string
	for i := range s.Hosts[:min(len(s.Hosts), markdownHosts)] {
		h := &s.Hosts[i]
		for _, p := range h.Processes {
			rows = append(rows, []string{h.Addr.String(), code(p.words()), code(p.User), markup(list(p.Sockets, maxSockets)), grouped(p.Flows), dash(p.Doubtful)})
		}
	}
	if len(rows) > 0 {
		m.table([]string{"host", "process", "user", "sockets", "flows:", "may be of another:"}, rows)
	}
}
