package npy_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pkg/errors"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/npy"
	"github.com/hocsau/hocsau/internal/golden"
)

// same compares arrays with NaN equal to NaN, nil equal to nothing.
func same(want, got *npy.Array) string {
	return cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty())
}

func TestReference(t *testing.T) {
	golden.Run(t, "datasets/npy", func(t *testing.T, c *golden.Case) {
		check := func(name string, a *npy.Array) {
			if a == nil {
				t.Fatalf("%s: no array %s", c.ID, name)
			}
			var stored struct {
				DType string `json:"dtype"`
			}
			c.Params.Object("stored").Decode(name, &stored)
			if a.Type != stored.DType {
				t.Errorf("%s: %s is stored as %s, expected %s", c.ID, name, a.Type, stored.DType)
			}
			if a.F64 != nil {
				c.Check("output."+name, a.F64, a.Shape)
				return
			}
			ints := make([]int, len(a.I64))
			for i, v := range a.I64 {
				ints[i] = int(v)
			}
			c.CheckInts("output."+name, ints, a.Shape)
		}
		switch c.Op {
		case "npy_read":
			a, err := npy.ReadFile(c.Files[0])
			if err != nil {
				t.Fatal(err)
			}
			check("array", a)
		case "npz_read":
			all, err := npy.ReadNPZFile(c.Files[0])
			if err != nil {
				t.Fatal(err)
			}
			if want := c.Names("output."); len(all) != len(want) {
				t.Errorf("%s: %d arrays, expected %d", c.ID, len(all), len(want))
			}
			for name, a := range all {
				check(name, a)
			}
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

// file returns an .npy file with this description, as NumPy writes version 1.
func file(text string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
	return append(append(b, text...), data...)
}

// plain returns the description of an array in row-major order.
func plain(descr, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
}

func TestDecode(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		b    []byte
		want npy.Array
	}{
		// np.save(f, np.array([[1., -2.]])), the header shortened
		{"float64", file(plain("<f8", "(1, 2)"), 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0),
			npy.Array{Shape: []int{1, 2}, Type: "<f8", F64: []float64{1, -2}}},
		{"float32, big end first", file(plain(">f4", "(2,)"), 0x3f, 0xc0, 0, 0, 0x7f, 0xc0, 0, 0),
			npy.Array{Shape: []int{2}, Type: ">f4", F64: []float64{1.5, nan}}},
		// 1, the largest, the least above 0, -0, infinity, NaN
		{"float16", file(plain("<f2", "(6,)"), 0, 0x3c, 0xff, 0x7b, 1, 0, 0, 0x80, 0, 0x7c, 1, 0x7c),
			npy.Array{Shape: []int{6}, Type: "<f2", F64: []float64{1, 65504, 0x1p-24, math.Copysign(0, -1), math.Inf(1), nan}}},
		{"scalar", file(plain("|i1", "()"), 0xff), npy.Array{Type: "|i1", I64: []int64{-1}}},
		{"uint8", file(plain("|u1", "(2,)"), 0xff, 1), npy.Array{Shape: []int{2}, Type: "|u1", I64: []int64{255, 1}}},
		{"int16", file(plain("<i2", "(2,)"), 0xfe, 0xff, 1, 0), npy.Array{Shape: []int{2}, Type: "<i2", I64: []int64{-2, 1}}},
		{"uint16, big end first", file(plain(">u2", "(1,)"), 0xfe, 0xff), npy.Array{Shape: []int{1}, Type: ">u2", I64: []int64{0xfeff}}},
		{"int32", file(plain("<i4", "(1,)"), 0xff, 0xff, 0xff, 0xff), npy.Array{Shape: []int{1}, Type: "<i4", I64: []int64{-1}}},
		{"uint64", file(plain("<u8", "(1,)"), 1, 0, 0, 0, 0, 0, 0, 0x10), npy.Array{Shape: []int{1}, Type: "<u8", I64: []int64{1<<60 + 1}}},
		{"bool", file(plain("|b1", "(3,)"), 0, 1, 2), npy.Array{Shape: []int{3}, Type: "|b1", I64: []int64{0, 1, 1}}},
		{"empty", file(plain("<f4", "(0, 3)")), npy.Array{Shape: []int{0, 3}, Type: "<f4"}},
		{"columns first", file("{'descr':\"|u1\",'fortran_order':True,'shape':(2,3L)}", 0, 3, 1, 4, 2, 5),
			npy.Array{Shape: []int{2, 3}, Type: "|u1", I64: []int64{0, 1, 2, 3, 4, 5}}},
		{"first axis first, rank 3", file("{'shape': (2, 2, 2), 'fortran_order': True, 'descr': '|u1'}", 0, 4, 2, 6, 1, 5, 3, 7),
			npy.Array{Shape: []int{2, 2, 2}, Type: "|u1", I64: []int64{0, 1, 2, 3, 4, 5, 6, 7}}},
		{"version 3", append([]byte("\x93NUMPY\x03\x00\x3c\x00\x00\x00"), plain("|u1", "(1,)")+strings.Repeat(" ", 60-len(plain("|u1", "(1,)")))+"\x07"...),
			npy.Array{Shape: []int{1}, Type: "|u1", I64: []int64{7}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := npy.Decode(c.b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := same(&c.want, got); diff != "" {
				t.Error(diff)
			}
			for i, v := range c.want.F64 {
				if math.Signbit(v) != math.Signbit(got.F64[i]) {
					t.Errorf("element %d is %v, expected %v", i, got.F64[i], v)
				}
			}
		})
	}
}

func TestDecode_hostile(t *testing.T) {
	good := file(plain("<f8", "(1,)"), 0, 0, 0, 0, 0, 0, 0, 0)
	for _, c := range []struct {
		name string
		b    []byte
		is   error
		said string
	}{
		{"empty", nil, npy.ErrFormat, `begins with ""`},
		{"zip", []byte("PK\x03\x04 and so on"), npy.ErrFormat, `begins with "PK\x03\x04 a"`},
		{"version 4", []byte("\x93NUMPY\x04\x00\x00\x00\x00\x00"), npy.ErrFormat, "version 4, expected 1 to 3"},
		{"no length", []byte("\x93NUMPY\x01\x00\x00"), npy.ErrTruncated, "no whole header"},
		{"no length, version 2", []byte("\x93NUMPY\x02\x00\x00\x00"), npy.ErrTruncated, "no whole header"},
		{"header cut off", good[:40], npy.ErrTruncated, "bytes, 30 are there"},
		{"header of 4 GB", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), npy.ErrFormat, "header of 4294967295 bytes, expected at most 65536"},
		{"a byte missing", good[:len(good)-1], npy.ErrTruncated, "shape [1] of <f8 needs 8 bytes after the header, 7 are there"},
		{"a byte more", append(bytes.Clone(good), 0), npy.ErrTrailing, "needs 8 bytes after the header, 9 are there"},
		{"exabytes", file(plain("<f8", "(1152921504606846975,)")), npy.ErrTruncated, "needs 9223372036854775800 bytes"},
		{"bytes overflow", file(plain("<f8", "(1152921504606846976,)")), npy.ErrFormat, "the number of bytes overflows"},
		{"shape overflows", file(plain("|u1", "(4294967296, 4294967296)")), npy.ErrFormat, "the number of bytes overflows"},
		{"dimension overflows", file(plain("|u1", "(99999999999999999999,)")), npy.ErrFormat, `dimension at "99999999999999999999`},
		{"negative dimension", file(plain("|u1", "(-1,)")), npy.ErrFormat, `dimension at "-1`},
		{"65 dimensions", file(plain("|u1", "("+strings.Repeat("1,", 65)+")")), npy.ErrFormat, "more than 64 dimensions"},
		{"objects", file(plain("|O", "(1,)")), npy.ErrType, `"|O": Python objects are not read`},
		{"strings", file(plain("<U5", "(1,)")), npy.ErrType, "strings are not read"},
		{"complex", file(plain("<c16", "(1,)")), npy.ErrType, "complex numbers are not read"},
		{"records", file("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}"), npy.ErrType, "records"},
		{"float128", file(plain("<f16", "(1,)")), npy.ErrType, "at most 8 bytes"},
		{"no order", file(plain("|f8", "(1,)")), npy.ErrType, "expected byte order < or >"},
		{"no kind", file(plain("<", "(1,)")), npy.ErrType, "for instance <f8"},
		{"unknown kind", file(plain("<x8", "(1,)")), npy.ErrType, "expected kind f, i, u or b"},
		{"uint64 beyond int64", file(plain("<u8", "(1,)"), 0, 0, 0, 0, 0, 0, 0, 0x80), npy.ErrType, "element 0 is 9223372036854775808"},
		{"no dictionary", file("hello"), npy.ErrFormat, `no { at "hello"`},
		{"no end", file("{'descr': '<f8'"), npy.ErrFormat, "no comma"},
		{"no key", file("{1: 2}"), npy.ErrFormat, `no string at "1: 2}"`},
		{"string does not end", file("{'descr: 2}"), npy.ErrFormat, "does not end"},
		{"key missing", file("{'descr': '<f8', 'shape': ()}"), npy.ErrFormat, "no key fortran_order"},
		{"key twice", file("{'descr': '<f8', 'descr': '<f8'}"), npy.ErrFormat, "key descr twice"},
		{"unknown key", file("{'author': 'me'}"), npy.ErrFormat, `key "author"`},
		{"no boolean", file("{'fortran_order': 1}"), npy.ErrFormat, "no False"},
		{"no tuple", file("{'shape': 3}"), npy.ErrFormat, `no ( at "3}"`},
		{"tuple without commas", file("{'shape': (3 3)}"), npy.ErrFormat, "no comma"},
		{"text after the end", file("{'descr': '|u1', 'fortran_order': False, 'shape': ()} + [1]"), npy.ErrFormat, "text after the end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := npy.Decode(c.b)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.said) {
				t.Errorf("error %v, expected %v with %q", err, c.is, c.said)
			}
		})
	}
}

// arrays draws arrays of all types, with values that fit them.
func arrays() *rapid.Generator[*npy.Array] {
	return rapid.Custom(func(t *rapid.T) *npy.Array {
		a := &npy.Array{
			Shape: rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape"),
			Type:  rapid.SampledFrom([]string{"<", ">"}).Draw(t, "order"),
		}
		n := 1
		for _, d := range a.Shape {
			n *= d
		}
		kind := rapid.SampledFrom([]string{"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}).Draw(t, "kind")
		a.Type += kind
		switch bits := 8 * int(kind[1]-'0'); {
		case kind == "f4":
			for _, v := range rapid.SliceOfN(rapid.Float32(), n, n).Draw(t, "x") {
				a.F64 = append(a.F64, float64(v))
			}
		case kind == "f8":
			a.F64 = rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "x")
		case kind == "b1":
			a.I64 = rapid.SliceOfN(rapid.Int64Range(0, 1), n, n).Draw(t, "x")
		case kind[0] == 'i':
			a.I64 = rapid.SliceOfN(rapid.Int64Range(-1<<(bits-1), 1<<(bits-1)-1), n, n).Draw(t, "x")
		default:
			a.I64 = rapid.SliceOfN(rapid.Int64Range(0, 1<<min(bits, 62)-1), n, n).Draw(t, "x")
		}
		return a
	})
}

func TestDecode_undoesWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := arrays().Draw(t, "array")
		var b bytes.Buffer
		if err := npy.Write(&b, want); err != nil {
			t.Fatal(err)
		}
		if n := bytes.IndexByte(b.Bytes(), '\n') + 1; n%64 != 0 {
			t.Fatalf("the data begins at byte %d", n)
		}
		got, err := npy.Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := same(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWrite_half(t *testing.T) {
	// Each of the 65,536 numbers survives, and what lies between two of them
	// goes to the nearer, half-way to the even one.
	data := make([]byte, 1<<17)
	for i := range 1 << 16 {
		binary.LittleEndian.PutUint16(data[2*i:], uint16(i))
	}
	a, err := npy.Decode(file(plain("<f2", "(65536,)"), data...))
	if err != nil {
		t.Fatal(err)
	}
	back := func(x []float64) []byte {
		var b bytes.Buffer
		if err := npy.Write(&b, &npy.Array{Shape: []int{len(x)}, Type: "<f2", F64: x}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()[b.Len()-2*len(x):]
	}
	got := back(a.F64)
	for i, v := range a.F64 {
		h := binary.LittleEndian.Uint16(got[2*i:])
		if math.IsNaN(v) && h&0x7fff == 0x7e00 { // one NaN stands for all
			continue
		}
		if int(h) != i {
			t.Fatalf("%#04x is %v and comes back as %#04x", i, v, h)
		}
	}
	const top = 0x7bff // the largest finite number
	for i := range top {
		low, high := a.F64[i], a.F64[i+1]
		middle := (low + high) / 2
		x := []float64{math.Nextafter(middle, 0), middle, math.Nextafter(middle, 1e9)}
		got := back(x)
		want := []int{i, i + i&1, i + 1}
		for k := range x {
			if h := int(binary.LittleEndian.Uint16(got[2*k:])); h != want[k] {
				t.Fatalf("%v becomes %#04x, expected %#04x", x[k], h, want[k])
			}
		}
	}
	got = back([]float64{65519.99, 65520, -1e300})
	if diff := cmp.Diff([]byte{0xff, 0x7b, 0, 0x7c, 0, 0xfc}, got); diff != "" {
		t.Errorf("at the end of the range: %s", diff)
	}
}

func TestWrite_errors(t *testing.T) {
	for _, c := range []struct {
		a    npy.Array
		is   error
		said string
	}{
		{npy.Array{Shape: []int{2}, F64: []float64{1}}, npy.ErrFormat, "shape [2] of <f8 needs 2 elements, 1 floating numbers"},
		{npy.Array{Shape: []int{1}, Type: "<f8", I64: []int64{1}}, npy.ErrFormat, "1 integers are there"},
		{npy.Array{Shape: []int{1}, F64: []float64{1}, I64: []int64{1}}, npy.ErrFormat, "1 floating numbers and 1 integers"},
		{npy.Array{Shape: []int{-1}}, npy.ErrFormat, "shape [-1]"},
		{npy.Array{Shape: []int{1}, Type: "|O8", I64: []int64{1}}, npy.ErrType, "Python objects"},
		{npy.Array{Shape: []int{1}, Type: "|u1", I64: []int64{256}}, npy.ErrType, "element 0 is 256, expected 0 to 255"},
		{npy.Array{Shape: []int{1}, Type: "<i2", I64: []int64{-32769}}, npy.ErrType, "element 0 is -32769, expected -32768 to 32767"},
		{npy.Array{Shape: []int{1}, Type: "|b1", I64: []int64{2}}, npy.ErrType, "expected 0 to 1"},
	} {
		if err := npy.Write(io.Discard, &c.a); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.said) {
			t.Errorf("error %v, expected %v with %q", err, c.is, c.said)
		}
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	if _, err := npy.ReadFile(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := npy.ReadFile(path); !errors.Is(err, npy.ErrFormat) || !strings.Contains(err.Error(), path) {
		t.Errorf("no array: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(file(plain("<f8", "(1,)"), 0, 0, 0, 0, 0, 0, 0, 0))
	f.Add(file("{'descr':\"|u1\",'fortran_order':True,'shape':(2,3L)}", 0, 3, 1, 4, 2, 5))
	f.Add(file(plain(">f2", "(2, 1, 1)"), 0, 0, 1, 1))
	f.Add(file(plain("<i4", "(99999999999, 99999999999)")))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := npy.Decode(b)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := npy.Write(&out, a); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := npy.Decode(out.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if diff := same(a, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
