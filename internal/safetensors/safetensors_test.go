package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"pgregory.net/rapid"
)

// file joins a header, without padding, and data.
func file(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func TestRead_badInput(t *testing.T) {
	const f4 = `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	for name, c := range map[string]struct {
		file []byte
		is   error
		want string
	}{
		"empty":            {nil, ErrTruncated, "found 0 bytes, expected at least the 8"},
		"length only":      {file(f4, "")[:8], ErrTruncated, "header of 54 bytes, found 0"},
		"half a header":    {file(f4, "")[:30], ErrTruncated, "header of 54 bytes, found 22"},
		"no data":          {file(f4, "123"), ErrTruncated, `tensor "a": ends at byte 4 of the data, found 3 bytes`},
		"zip":              {[]byte("PK\x03\x04\x14\x00\x00\x08xxxxxxxx"), ErrFormat, "header length 576460838270094160, expected at most 100000000"},
		"no brace":         {file("[]", ""), ErrFormat, `header starts with "[]", expected {`},
		"empty header":     {file("", ""), ErrFormat, "expected {"},
		"not json":         {file(`{"a"`, ""), ErrFormat, "header is not JSON at byte"},
		"not utf-8":        {file("{\"\xff\":1}", ""), ErrFormat, "not UTF-8"},
		"trailing":         {file("{}{", ""), ErrFormat, `goes on with "{"`},
		"duplicate":        {file(f4[:len(f4)-1]+`,"\u0061":1}`, "1234"), ErrFormat, `key "a" appears twice`},
		"duplicate inner":  {file(`{"a":{"dtype":"F32","dtype":"F32"}}`, ""), ErrFormat, `tensor "a": key "dtype" appears twice`},
		"deep":             {file(`{"a":`+strings.Repeat("[", 1000), ""), ErrFormat, `tensor "a": found [, expected {`},
		"deep shape":       {file(`{"a":{"shape":[[1]]}}`, ""), ErrFormat, "shape: found [, expected an integer"},
		"unknown key":      {file(`{"a":{"strides":[1]}}`, ""), ErrFormat, `unknown key "strides"`},
		"missing":          {file(`{"a":{"dtype":"F32","shape":[1]}}`, ""), ErrFormat, "data_offsets is missing"},
		"metadata number":  {file(`{"__metadata__":{"a":1}}`, ""), ErrFormat, "__metadata__.a: found 1, expected a string"},
		"dtype":            {file(`{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}`, "1"), ErrFormat, `tensor "a": dtype "F8_E4M3", expected one of F64`},
		"negative size":    {file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, "1234"), ErrFormat, "size -1 on axis 0"},
		"fraction":         {file(`{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}`, "1234"), ErrFormat, "found 1.5, expected an integer"},
		"huge number":      {file(`{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}}`, "1234"), ErrFormat, "expected an integer"},
		"overflow":         {file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""), ErrFormat, "larger than any memory"},
		"overflow to fit":  {file(`{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}`, "1234"), ErrFormat, "larger than any memory"},
		"claims too much":  {file(`{"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}}`, "1"), ErrTruncated, "ends at byte 1099511627776 of the data, found 1"},
		"span":             {file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "1234"), ErrFormat, "data_offsets [0, 4], expected 8 bytes for F32 [2]"},
		"backwards":        {file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}`, "1234"), ErrFormat, "data_offsets [4, 0]"},
		"negative offset":  {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, "1234"), ErrFormat, "data_offsets [-4, 0]"},
		"offsets overflow": {file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775807,-9223372036854775808]}}`, "1"), ErrFormat, "data_offsets ["},
		"three offsets":    {file(`{"a":{"data_offsets":[0,1,2]}}`, ""), ErrFormat, "found 3 numbers, expected 2"},
		"overlap": {file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, "123"),
			ErrFormat, `tensor "b": begins at byte 1, inside the tensor before it, which ends at 2`},
		"hole": {file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, "123"),
			ErrFormat, `tensor "b": begins at byte 2, expected 1`},
		"rest": {file(f4, "12345"), ErrFormat, "data has 5 bytes, expected 4"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.file)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %q (%v)", err, c.want, c.is)
			}
		})
	}
}

func TestRead_shorterThanClaimed(t *testing.T) {
	b := file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "1234")
	f, err := Read(bytes.NewReader(b[:len(b)-2]), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Tensor("a"); !errors.Is(err, ErrTruncated) {
		t.Errorf("got %v, want ErrTruncated", err)
	}
	if _, err := Read(bytes.NewReader(b[:20]), int64(len(b))); !errors.Is(err, ErrTruncated) {
		t.Errorf("got %v, want ErrTruncated", err)
	}
}

func TestOpen_errorsNamePath(t *testing.T) {
	dir := t.TempDir()
	short := filepath.Join(dir, "short.safetensors")
	if err := os.WriteFile(short, []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "missing.safetensors"), "no such file"},
		{short, "found 3 bytes"},
		{dir, "is a folder"},
	} {
		_, err := Open(c.path)
		if err == nil || !strings.Contains(err.Error(), c.path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q and the path", err, c.want)
		}
	}
}

func TestTensor_conversions(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		dtype DType
		data  string // hexadecimal, little-endian
		want  []float64
	}{
		{F16, "003c00c0ff7b0100ff03000400800000", []float64{1, -2, 65504, 0x1p-24, 1023 * 0x1p-24, 0x1p-14, math.Copysign(0, -1), 0}},
		{F16, "007c00fc007e", []float64{inf, -inf, nan}},
		{BF16, "803f4940807f80ff0100", []float64{1, 3.140625, inf, -inf, 0x1p-133}},
		{F32, "0000803f01000000", []float64{1, 0x1p-149}},
		{I8, "ff7f", []float64{-1, 127}},
		{U8, "ff00", []float64{255, 0}},
		{I16, "00800100", []float64{-32768, 1}},
		{U16, "ffff", []float64{65535}},
		{I32, "00000080", []float64{math.MinInt32}},
		{U32, "ffffffff", []float64{math.MaxUint32}},
		{I64, "0000000000000080", []float64{math.MinInt64}},
		{U64, "0000000000000080", []float64{0x1p63}},
		{Bool, "000101", []float64{0, 1, 1}},
	} {
		data, err := hex.DecodeString(c.data)
		if err != nil {
			t.Fatal(err)
		}
		x := Tensor{"x", c.dtype, []int{len(c.want)}, data}
		got, err := x.Float64s()
		if err != nil {
			t.Errorf("%s: %v", c.dtype, err)
			continue
		}
		for i := range got {
			same := math.Float64bits(got[i]) == math.Float64bits(c.want[i])
			if !same && (got[i] == got[i] || c.want[i] == c.want[i]) {
				t.Errorf("%s[%d] = %g, want %g", c.dtype, i, got[i], c.want[i])
			}
		}
	}
}

func TestTensor_badConversions(t *testing.T) {
	odd := FromInts("n", []int{1}, []int64{1<<53 + 1})
	big := Tensor{"n", U64, []int{1}, bytes.Repeat([]byte{255}, 8)}
	yes := Tensor{"n", Bool, []int{1}, []byte{7}}
	float := FromFloat32s("n", []int{1}, []float32{1})
	short := Tensor{"n", F32, []int{2}, make([]byte, 4)}
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"I64 to float64": {func() error { _, err := odd.Float64s(); return err }, "9007199254740993 at 0 has no exact float64"},
		"U64 to float64": {func() error { _, err := big.Float64s(); return err }, "18446744073709551615 at 0 has no exact"},
		"U64 to int":     {func() error { _, err := big.Ints(); return err }, "expected at most"},
		"BOOL 7":         {func() error { _, err := yes.Ints(); return err }, "BOOL byte 7 at 0"},
		"F32 to int":     {func() error { _, err := float.Ints(); return err }, "found F32, expected an integer type"},
		"short":          {func() error { _, err := short.Float32s(); return err }, "found 4 bytes, expected 8 for F32 [2]"},
		"I64 to float32": {func() error {
			x := FromInts("n", nil, []int64{1<<24 + 1})
			_, err := x.Float32s()
			return err
		}, "16777217 at 0 has no exact float32"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// Every half is the float32 of the same value; 2 ** -24 steps below 2 ** -14.
func TestHalfToFloat32_all(t *testing.T) {
	for h := range 1 << 16 {
		got := float64(halfToFloat32(uint16(h)))
		e, f := h>>10&0x1f, float64(h&0x3ff)
		want := math.Ldexp(1+f/1024, e-15)
		switch {
		case e == 0:
			want = math.Ldexp(f, -24)
		case e == 31 && f == 0:
			want = math.Inf(1)
		case e == 31:
			want = math.NaN()
		}
		if h>>15 == 1 {
			want = -want
		}
		if got != want && (got == got || want == want) || math.Signbit(got) != (h>>15 == 1) && got == got {
			t.Fatalf("half %#04x = %g, want %g", h, got, want)
		}
	}
}

// The bytes were checked once by eye against the format's description.
func TestWrite_bytes(t *testing.T) {
	tensors := []Tensor{
		{"flag", Bool, []int{3}, []byte{1, 0, 1}},
		FromFloat32s("w", []int{1, 2}, []float32{1, -2}),
		FromFloat64s("s", nil, []float64{0.5}),
	}
	var b bytes.Buffer
	if err := Write(&b, tensors, map[string]string{"format": "pt", "a": "ấ"}); err != nil {
		t.Fatal(err)
	}
	header := `{"__metadata__":{"a":"ấ","format":"pt"},` +
		`"s":{"dtype":"F64","shape":[],"data_offsets":[0,8]},` +
		`"w":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},` +
		`"flag":{"dtype":"BOOL","shape":[3],"data_offsets":[16,19]}}`
	header += strings.Repeat(" ", (8-len(header)%8)%8)
	data := "\x00\x00\x00\x00\x00\x00\xe0\x3f" + "\x00\x00\x80\x3f\x00\x00\x00\xc0" + "\x01\x00\x01"
	if diff := cmp.Diff(string(file(header, data)), b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWrite_refuses(t *testing.T) {
	one := FromFloat32s("a", []int{1}, []float32{1})
	for name, c := range map[string]struct {
		tensors  []Tensor
		metadata map[string]string
		want     string
	}{
		"twice":    {[]Tensor{one, one}, nil, `tensor "a" appears twice`},
		"reserved": {[]Tensor{{"__metadata__", U8, []int{0}, nil}}, nil, "taken by the format"},
		"length":   {[]Tensor{{"a", F32, []int{2}, make([]byte, 4)}}, nil, "found 4 bytes, expected 8"},
		"dtype":    {[]Tensor{{"a", "F8", []int{2}, make([]byte, 2)}}, nil, `dtype "F8"`},
		"name":     {[]Tensor{{"\xff", U8, []int{0}, nil}}, nil, "not UTF-8"},
		"metadata": {nil, map[string]string{"a": "\xff"}, "not UTF-8"},
	} {
		if err := Write(io.Discard, c.tensors, c.metadata); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestWriteFile_failureKeepsOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	good := []Tensor{FromFloat32s("a", []int{1}, []float32{1})}
	if err := WriteFile(path, good, nil); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, append(good, good...), nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names the file", err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff([]string{"a"}, f.Names()); diff != "" {
		t.Error(diff)
	}
}

func drawTensors(t *rapid.T) []Tensor {
	types := rapid.SampledFrom([]DType{F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, Bool})
	names := rapid.SliceOfNDistinct(rapid.String().Filter(func(s string) bool { return s != metadataKey }), 0, 6, rapid.ID[string]).Draw(t, "names")
	tensors := make([]Tensor, len(names))
	for i, name := range names {
		d := types.Draw(t, "dtype")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n := d.Size()
		for _, s := range shape {
			n *= s
		}
		tensors[i] = Tensor{name, d, shape, rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "data")}
	}
	return tensors
}

func TestWriteRead_isIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tensors := drawTensors(t)
		metadata := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "metadata")
		var b, again bytes.Buffer
		for _, w := range []io.Writer{&b, &again} {
			if err := Write(w, tensors, metadata); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatal("two writes differ")
		}
		if n := binary.LittleEndian.Uint64(b.Bytes()); n%8 != 0 {
			t.Fatalf("header of %d bytes is not aligned", n)
		}
		f, err := read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(metadata, f.Metadata); diff != "" || len(f.Names()) != len(tensors) {
			t.Fatalf("%d names of %d; metadata: %s", len(f.Names()), len(tensors), diff)
		}
		for _, want := range tensors {
			got, err := f.Tensor(want.Name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Fatal(diff)
			}
		}
		if b.Len() > 0 {
			cut := rapid.IntRange(0, b.Len()-1).Draw(t, "cut")
			if _, err := read(b.Bytes()[:cut]); err == nil {
				t.Fatalf("the first %d of %d bytes read without error", cut, b.Len())
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(file(`{}`, ""))
	f.Add(file(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, "1234"))
	f.Add(file(`{"a":{"dtype":"BOOL","shape":[0,3],"data_offsets":[0,0]},"b":{"dtype":"U64","shape":[],"data_offsets":[0,8]}}`, "12345678"))
	f.Add([]byte("PK\x03\x04\x14\x00\x00\x08xxxxxxxx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := read(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTruncated) {
				t.Fatalf("%v is neither ErrFormat nor ErrTruncated", err)
			}
			return
		}
		var tensors []Tensor
		for _, name := range file.Names() {
			x, err := file.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = x.Float32s()
			tensors = append(tensors, *x)
		}
		if err := Write(io.Discard, tensors, file.Metadata); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
