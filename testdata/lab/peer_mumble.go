package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"
)

// mumblePeer is a client that talks in the room it is put in: control over TLS, voice over UDP (Mumble's
// protocol documentation; Rogaway, OCB2). Settings: dial, name.
func mumblePeer(ctx context.Context, set settings) error {
	var c *tls.Conn
	var err error
	for range 20 { // the server makes a key when it starts
		if c, err = tls.Dial("tcp", set["dial"], &tls.Config{InsecureSkipVerify: true}); err == nil {
			break
		}
		pause(ctx, 500*time.Millisecond)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	const version, authenticate = 0, 2
	if err := errors.Join(mumbleSay(c, version, protoNumber(1, 0x010304)), mumbleSay(c, authenticate, append(protoOctets(1, []byte(set["name"])), protoNumber(5, 1)...))); err != nil {
		return err
	}
	keys, err := mumbleKeys(c)
	if err != nil {
		return err
	}
	u, err := net.Dial("udp", set["dial"])
	if err != nil {
		return err
	}
	defer u.Close()
	go io.Copy(io.Discard, c)
	go hear(u)
	return keys.talk(ctx, u, c)
}

// hear says once that somebody is heard.
func hear(u net.Conn) {
	p := make([]byte, 2048)
	for heard := false; ; {
		n, err := u.Read(p)
		if err != nil {
			return
		}
		if n > 40 && !heard {
			heard = true
			say("heard")
		}
	}
}

// mumbleKeys waits until the server has sent the keys of the voice and let the client in.
func mumbleKeys(c io.Reader) (*mumbleVoice, error) {
	const cryptSetup, serverSync = 15, 5
	var v *mumbleVoice
	for {
		var head [6]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return nil, err
		}
		body := make([]byte, min(binary.BigEndian.Uint32(head[2:]), 1<<20))
		if _, err := io.ReadFull(c, body); err != nil {
			return nil, err
		}
		switch binary.BigEndian.Uint16(head[:]) {
		case cryptSetup: // three fields of 16 octets: key, the client's nonce, the server's
			if len(body) < 36 {
				return nil, errors.New("the server's keys are short")
			}
			block, err := aes.NewCipher(body[2:18])
			if err != nil {
				return nil, err
			}
			v = &mumbleVoice{block: block, nonce: [16]byte(body[20:36])}
		case serverSync:
			if v == nil {
				return nil, errors.New("the server sent no keys")
			}
			return v, nil
		}
	}
}

func mumbleSay(w io.Writer, kind int, body []byte) error {
	p := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(nil, uint16(kind)), uint32(len(body)))
	_, err := w.Write(append(p, body...))
	return err
}

func protoNumber(field int, n uint64) []byte {
	return binary.AppendUvarint([]byte{byte(field << 3)}, n)
}

func protoOctets(field int, p []byte) []byte {
	return append(binary.AppendUvarint([]byte{byte(field<<3 | 2)}, uint64(len(p))), p...)
}

// mumbleVoice seals voice.
type mumbleVoice struct {
	block cipher.Block
	nonce [16]byte
}

// talk sends a ping every two seconds, and frames of voice as fifty a second have them.
func (v *mumbleVoice) talk(ctx context.Context, u net.Conn, control io.Writer) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	const ping = 3
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if n%100 == 0 {
			if err := mumbleSay(control, ping, protoNumber(1, uint64(n))); err != nil {
				return err
			}
			u.Write(v.seal([]byte{1 << 5, byte(n / 100 % 128)}))
			continue
		}
		voice := make([]byte, 30+n%20) // as Opus makes of speech: its octets are noise to whoever has no key
		rand.Read(voice)
		p := append([]byte{4 << 5, 0x80 | byte(n>>8&0x3f), byte(n), byte(len(voice))}, voice...)
		if _, err := u.Write(v.seal(p)); err != nil {
			return err
		}
	}
}

// double multiplies by two in the field that OCB2 uses.
func double(x [16]byte) [16]byte {
	carry := x[0] >> 7
	for i := range 15 {
		x[i] = x[i]<<1 | x[i+1]>>7
	}
	x[15] = x[15]<<1 ^ carry*0x87
	return x
}

func xor(a, b [16]byte) [16]byte {
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

func (v *mumbleVoice) encrypt(x [16]byte) [16]byte {
	v.block.Encrypt(x[:], x[:])
	return x
}

// seal returns a datagram: the low octet of the nonce, three of the tag, and p under OCB2.
func (v *mumbleVoice) seal(p []byte) []byte {
	for i := range v.nonce {
		if v.nonce[i]++; v.nonce[i] != 0 {
			break
		}
	}
	out := make([]byte, 4, 4+len(p))
	var sum [16]byte
	delta := v.encrypt(v.nonce)
	for len(p) > 16 {
		block := [16]byte(p)
		delta = double(delta)
		sealed := xor(delta, v.encrypt(xor(delta, block)))
		out, sum, p = append(out, sealed[:]...), xor(sum, block), p[16:]
	}
	delta = double(delta)
	var length [16]byte
	binary.BigEndian.PutUint64(length[8:], uint64(len(p)*8))
	pad := v.encrypt(xor(length, delta))
	last := pad
	copy(last[:], p)
	sealed := xor(pad, last)
	out, sum = append(out, sealed[:len(p)]...), xor(sum, last)
	tag := v.encrypt(xor(xor(double(delta), delta), sum))
	out[0] = v.nonce[0]
	copy(out[1:4], tag[:3])
	return out
}
