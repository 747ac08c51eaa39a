package main

import (
	"fmt"
	"strings"
	"time"
)

// torrent is a BitTorrent client that encrypts nothing: DHT, uTP-less TCP (BEP 3, BEP 5).
type torrent struct {
	scene *scene
	host  *host
	port  uint16 // of the DHT
	id    []byte
}

// query asks a DHT node and has it answer.
func (b *torrent) query(at time.Duration, node endpoint, answers bool) {
	s := b.scene
	c := s.udp(endpoint{b.host, b.port}, node, negative("p2p-plain", "BitTorrent DHT in clear"))
	target := s.octets(20)
	theirs := s.octets(20)
	c.send(at, []byte(fmt.Sprintf("d1:ad2:id20:%s6:target20:%se1:q9:find_node1:t2:%s1:y1:qe", b.id, target, s.octets(2))))
	if !answers {
		return
	}
	nodes := s.octets(8 * 26)
	c.answer(at+s.spread(30*ms, 300*ms), []byte(fmt.Sprintf("d1:rd2:id20:%s5:nodes208:%se1:t2:aa1:y1:re", theirs, nodes)))
	c.answer(at+second, []byte(fmt.Sprintf("d1:ad2:id20:%se1:q4:ping1:t2:%s1:y1:qe", theirs, s.octets(2))))
	c.send(at+second+2*ms, []byte(fmt.Sprintf("d1:rd2:id20:%se1:t2:bb1:y1:re", b.id)))
}

// fetch loads a piece from a peer in clear.
func (b *torrent) fetch(at time.Duration, peer endpoint) {
	s := b.scene
	c := s.tcp(at, s.ephemeral(b.host), peer, negative("p2p-plain", "BitTorrent in clear"))
	greeting := func(id []byte) []byte {
		return join([]byte{19}, []byte("BitTorrent protocol"), make([]byte, 8), []byte(strings.Repeat("H", 20)), id)
	}
	message := func(kind byte, body ...[]byte) []byte {
		b := join(body...)
		return join(u32(uint32(1+len(b))), []byte{kind}, b)
	}
	c.send(greeting(b.id))
	c.answer(greeting(s.octets(20)), message(5, []byte{0xff, 0xff, 0xff, 0xfe}))
	c.send(message(2))
	c.answer(message(1))
	for i := range 3 {
		block := u32(uint32(i * 4096))
		c.send(message(6, u32(7), block, u32(4096)))
		c.answer(message(7, u32(7), block, []byte(strings.Repeat("plain text of a free book ", 158)[:4096])))
	}
	c.close()
}
