package classify

import (
	"encoding/hex"
	"math/big"
	"math/rand"
	"testing"
)

// curveBase is the base point G (SEC 2 version 2.0, section 2.4.1).
const curveBase = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" +
	"483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"

func octetsOf(t testing.TB, text string) []byte {
	t.Helper()
	p, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// curvePoint makes the point with the x nearest above seed, by an arithmetic of its own.
func curvePoint(seed int64) []byte {
	p, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)
	random := rand.New(rand.NewSource(seed))
	x := new(big.Int).Rand(random, p)
	for {
		y2 := new(big.Int).Exp(x, big.NewInt(3), p)
		y2.Add(y2, big.NewInt(7)).Mod(y2, p)
		if y := new(big.Int).ModSqrt(y2, p); y != nil {
			out := make([]byte, 64)
			x.FillBytes(out[:32])
			y.FillBytes(out[32:])
			return out
		}
		x.Add(x, big.NewInt(1)).Mod(x, p)
	}
}

func TestOnSecp256k1(t *testing.T) {
	if !onSecp256k1(octetsOf(t, curveBase)) {
		t.Error("the base point is not on the curve")
	}
	for seed := range int64(300) {
		p := curvePoint(seed)
		if !onSecp256k1(p) {
			t.Fatalf("point %x is not on the curve", p)
		}
		if p[seed%64] ^= 1 << (seed % 8); onSecp256k1(p) {
			t.Fatalf("near miss %x is on the curve", p)
		}
	}
	rows := map[string][]byte{
		"nothing":       nil,
		"63 octets":     octetsOf(t, curveBase)[:63],
		"zeros":         make([]byte, 64),
		"all ones":      octetsOf(t, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
		"x of G plus p": octetsOf(t, "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"+curveBase[64:]),
		"swapped":       append(octetsOf(t, curveBase[64:]), octetsOf(t, curveBase[:64])...),
	}
	for name, p := range rows {
		t.Run(name, func(t *testing.T) {
			if onSecp256k1(p) {
				t.Error("is taken for a point")
			}
		})
	}
}

// FuzzCurveTimes compares the product with that of math/big.
func FuzzCurveTimes(f *testing.F) {
	f.Add(octetsOf(f, curveBase))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) < 64 {
			return
		}
		a, b := curveRead(p), curveRead(p[32:])
		got := a.times(&b)
		got = got.reduced()
		prime, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)
		want := new(big.Int).Mul(new(big.Int).SetBytes(p[:32]), new(big.Int).SetBytes(p[32:64]))
		want.Mod(want, prime)
		for i, limb := range got {
			w := new(big.Int).And(new(big.Int).Rsh(want, uint(64*i)), new(big.Int).SetUint64(1<<64-1)).Uint64()
			if limb != w {
				t.Fatalf("limb %d is %#x, want %#x", i, limb, w)
			}
		}
	})
}

func BenchmarkOnSecp256k1(b *testing.B) {
	p := octetsOf(b, curveBase)
	b.ReportAllocs()
	for range b.N {
		onSecp256k1(p)
	}
}
