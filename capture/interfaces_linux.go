package capture

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"peeratlas/capture/packet"
)

// describe adds what the kernel tells of interfaces.
func describe(list []Interface) error {
	asker, err := newLinkAsker()
	if err != nil {
		return err
	}
	defer asker.close()
	for n := range list {
		i := &list[n]
		info, err := asker.byName(i.Name)
		if err != nil {
			continue // removed meanwhile
		}
		i.Promiscuous = info.promiscuous > 0 || info.flags&unix.IFF_PROMISC != 0
		i.Master, i.Received, i.Sent = info.master, info.received, info.sent
		i.Link = linkWords(info.hardware)
		f, err := framingOf(info.hardware)
		if err != nil {
			i.Unreadable = err.Error()
		}
		i.LinkType = f.link
		i.Megabits = speed(i.Name)
	}
	return nil
}

// linkWords names a hardware type.
func linkWords(hardware uint16) string {
	switch hardware {
	case unix.ARPHRD_ETHER:
		return "Ethernet"
	case unix.ARPHRD_LOOPBACK:
		return "loopback"
	case unix.ARPHRD_PPP:
		return "PPP"
	case unix.ARPHRD_IEEE80211, unix.ARPHRD_IEEE80211_PRISM, unix.ARPHRD_IEEE80211_RADIOTAP:
		return "radio"
	case unix.ARPHRD_NETLINK:
		return "netlink"
	}
	if f, err := framingOf(hardware); err == nil && f.link == packet.LinkRaw {
		return "bare IP"
	}
	return "type " + strconv.Itoa(int(hardware)) + ", cooked"
}

// speed is in megabits a second, 0 if the driver does not know it.
func speed(name string) int {
	text, err := os.ReadFile(filepath.Join("/sys/class/net", filepath.Base(name), "speed"))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
