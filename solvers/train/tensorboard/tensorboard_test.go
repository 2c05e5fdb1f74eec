package tensorboard

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// clock is a quarter of a second after a fixed one.
func clock() time.Time { return time.Unix(1700000000, 250_000_000) }

// writeAll writes each kind of event once.
func writeAll(w *Writer) error {
	gray := image.NewGray(image.Rect(0, 0, 3, 2))
	gray.SetGray(1, 0, color.Gray{Y: 200})
	rgba := image.NewRGBA(image.Rect(0, 0, 2, 2))
	rgba.Set(1, 1, color.RGBA{R: 255, A: 255})
	return errors.Join(
		w.Scalar("val_accuracy", 10, 0.5),
		w.Scalar("val_accuracy", 20, 0.75),
		w.Histogram("conv1.weight", 20, []float64{-1, 0, 0.5, 0.5, 2}),
		w.Image("filters", 20, gray),
		w.Image("style", 20, rgba),
		w.Text("settings", 20, "học sâu: **lr** 0.001"),
		w.Restart(20),
		w.Scalar("val_accuracy", 300, math.Pi),
	)
}

// The file was read with the Python package tensorboard 2.21 and gave all that
// writeAll wrote:
//
//	from tensorboard.backend.event_processing import event_accumulator as ea
//	a = ea.EventAccumulator("testdata", {t: 0 for t in ("scalars", "histograms", "images", "tensors")})
//	a.Reload()
func TestWriter_golden(t *testing.T) {
	want, err := os.ReadFile("testdata/events.out.tfevents.1700000000.golden")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	w, err := NewWriter(&got, clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeAll(w); err != nil {
		t.Fatal(err)
	}
	// The bytes of the two pictures are those of the PNG encoder of this Go
	// version; the records before them do not depend on it.
	if got, want := records(t, got.Bytes()), records(t, want); len(got) != len(want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	} else {
		for i := range want {
			if i != 4 && i != 5 && !bytes.Equal(got[i], want[i]) {
				t.Errorf("record %d:\n got %q\nwant %q", i, got[i], want[i])
			}
		}
	}
}

// records returns the data of each record.
func records(t *testing.T, b []byte) (list [][]byte) {
	t.Helper()
	for {
		_, data, rest, err := nextRecord(b)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list, b = append(list, data), rest
	}
}

func steps(t *testing.T, b []byte) (list []int64) {
	t.Helper()
	for _, r := range records(t, b) {
		e, err := parseEvent(r)
		if err != nil {
			t.Fatal(err)
		}
		if !e.version {
			list = append(list, e.step)
		}
	}
	return list
}

func TestChecksum_known(t *testing.T) {
	// CRC-32C of 32 zero bytes is 8a9136aa (RFC 3720 B.4).
	crc := uint32(0x8a9136aa)
	if got, want := checksum(make([]byte, 32)), (crc>>15|crc<<17)+0xa282ead8; got != want {
		t.Errorf("checksum %#x, want %#x", got, want)
	}
}

func TestCreate_namesAndCut(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second within the same second
		w, err := Create(dir, clock)
		if err != nil {
			t.Fatal(err)
		}
		if err := writeAll(w); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.1700000000.*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %q, %v", files, err)
	}
	other := filepath.Join(dir, "metrics.jsonl")
	if err := os.WriteFile(other, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		step int
		want []int64
	}{
		{300, []int64{10, 20, 20, 20, 20, 20, 21, 300}},
		{20, []int64{10, 20, 20, 20, 20, 20}},
		{19, []int64{10}},
	} {
		if err := Cut(dir, c.step); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, steps(t, b)); diff != "" {
				t.Errorf("after a cut at %d:\n%s", c.step, diff)
			}
		}
	}
	if err := Cut(dir, 9); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "metrics.jsonl" {
		t.Errorf("left are %v, want metrics.jsonl only", left)
	}
}

func TestCut_missingFolder(t *testing.T) {
	err := Cut(filepath.Join(t.TempDir(), "none"), 1)
	if err == nil || !strings.Contains(err.Error(), "cut event files") || !strings.Contains(err.Error(), "none") {
		t.Errorf("error %v", err)
	}
}

// A process may be killed within any write: every beginning of a file keeps its
// whole records.
func TestUpTo_tornAnywhere(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeAll(w); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for n := range whole {
		kept, _ := upTo(whole[:n], math.MaxInt64)
		if !bytes.HasPrefix(whole, kept) || len(kept) > n {
			t.Fatalf("of %d bytes: kept %d that are no beginning", n, len(kept))
		}
		if again, _ := upTo(kept, math.MaxInt64); !bytes.Equal(again, kept) {
			t.Fatalf("of %d bytes: what is kept is not whole", n)
		}
	}
	for i := range whole { // a flipped bit ends the file there
		bad := bytes.Clone(whole)
		bad[i] ^= 0x10
		if kept, _ := upTo(bad, math.MaxInt64); len(kept) > i {
			t.Fatalf("byte %d is damaged, kept %d", i, len(kept))
		}
	}
}

func TestWriter_refuses(t *testing.T) {
	w, err := NewWriter(io.Discard, clock)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"negative step", w.Scalar("loss", -1, 1), "event loss: step -1, expected at least 0"},
		{"no values", w.Histogram("w", 3, nil), "event w, step 3: no values"},
		{"not finite", w.Histogram("w", 3, []float64{1, math.NaN()}), "event w, step 3: value 1 is NaN"},
		{"empty picture", w.Image("x", 3, image.NewGray(image.Rect(0, 0, 0, 0))), "event x, step 3"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, c.err, c.want)
		}
	}
}

func TestBins_holdAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64), 1, 50).Draw(t, "values")
		low, high := slices.Min(values), slices.Max(values)
		limits, counts := bins(low, high, values)
		sum := 0.0
		for _, c := range counts {
			sum += c
		}
		if sum != float64(len(values)) || !slices.IsSorted(limits) || limits[0] < low || limits[len(limits)-1] != high {
			t.Fatalf("%v values in bins up to %v", counts, limits)
		}
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriter_writeFails(t *testing.T) {
	if _, err := NewWriter(failing{}, clock); err == nil || err.Error() != "write event: disk full" {
		t.Errorf("error %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "none"), clock); err == nil || !strings.Contains(err.Error(), "create event file") {
		t.Errorf("error %v", err)
	}
}

func FuzzUpTo(f *testing.F) {
	golden, err := os.ReadFile("testdata/events.out.tfevents.1700000000.golden")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte{})
	// A length that overflows, with the right checksum.
	f.Add(append([]byte{255, 255, 255, 255, 255, 255, 255, 255}, 0, 0, 0, 0))
	f.Add(appendRecord(nil, []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}))
	f.Fuzz(func(t *testing.T, b []byte) {
		kept, _ := upTo(b, 20)
		if again, _ := upTo(kept, 20); !bytes.Equal(kept, again) {
			t.Errorf("a second cut changes %q to %q", kept, again)
		}
		for _, s := range steps(t, kept) {
			if s > 20 {
				t.Errorf("kept step %d", s)
			}
		}
	})
}
