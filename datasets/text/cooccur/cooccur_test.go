package cooccur

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pkg/errors"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/text"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// corpus draws sentences whose ids fall off like those of a language.
func corpus(seed uint64, sentences, length, words int) [][]int32 {
	r := rand.New(rand.NewPCG(seed, 0))
	all := make([][]int32, sentences)
	for i := range all {
		all[i] = make([]int32, r.IntN(length+1))
		for k := range all[i] {
			all[i][k] = int32(float64(words) * math.Pow(r.Float64(), 3))
		}
	}
	return all
}

// count returns the file of the counts and the matrix.
func count(t testing.TB, dir string, o Options, sentences [][]int32) ([]byte, *Matrix) {
	t.Helper()
	c, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sentences[c.Sentences():] {
		if err := c.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	m, err := c.Finish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, matrixName))
	if err != nil {
		t.Fatal(err)
	}
	return b, m
}

// expected is text.Cooccurrence summed over the sentences, both halves.
func expected(t testing.TB, sentences [][]int32, words, window int, w text.Weighting) []text.Cell {
	t.Helper()
	sum := map[[2]int]float64{}
	for _, s := range sentences {
		var ids []int
		for _, id := range s {
			if id >= 0 {
				ids = append(ids, int(id))
			}
		}
		cells, err := text.Cooccurrence(ids, words, window, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			sum[[2]int{c.Row, c.Col}] += c.Value
		}
	}
	var all []text.Cell
	for k, v := range sum {
		all = append(all, text.Cell{Row: k[0], Col: k[1], Value: v})
	}
	slices.SortFunc(all, byPlace)
	return all
}

func byPlace(a, b text.Cell) int {
	if a.Row != b.Row {
		return a.Row - b.Row
	}
	return a.Col - b.Col
}

func cells(t testing.TB, m *Matrix) []text.Cell {
	t.Helper()
	var all []text.Cell
	err := m.Cells(func(c text.Cell) error {
		all = append(all, c)
		if c.Row != c.Col {
			all = append(all, text.Cell{Row: c.Col, Col: c.Row, Value: c.Value})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, byPlace)
	return all
}

func TestFinish_equalsDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SampledFrom([]int{1, 7, 60, 3000}).Draw(rt, "words")
		o := Options{
			Words:     words,
			Window:    rapid.SampledFrom([]int{1, 2, 10, 22, 23, 40}).Draw(rt, "window"),
			Weighting: rapid.SampledFrom([]text.Weighting{text.InverseDistance, text.Flat}).Draw(rt, "weighting"),
			Memory:    rapid.SampledFrom([]int64{MinMemory, 1 << 20}).Draw(rt, "memory"),
		}
		s := corpus(rapid.Uint64().Draw(rt, "seed"), 10, 70, words)
		s[0] = append(s[0], 0, -1, 0, -1)
		_, m := count(t, t.TempDir(), o, s)
		// Sums of at most 40 rounded weights, 1/d within 2⁻²⁹ beyond a window of 22.
		near := cmpopts.EquateApprox(1e-7, 1e-9)
		if d := cmp.Diff(expected(t, s, words, o.Window, o.Weighting), cells(t, m), near); d != "" {
			rt.Fatalf("counts differ (-want +got):\n%s", d)
		}
	})
}

func TestFinish_sameWhateverTheMemory(t *testing.T) {
	const words = 2000
	s := corpus(1, 60, 300, words)
	s = append(s, slices.Concat(s...)) // a sentence that alone overflows the smallest memory
	var want []byte
	for _, memory := range []int64{1 << 24, 1 << 18, MinMemory} {
		got, _ := count(t, t.TempDir(), Options{Words: words, Memory: memory}, s)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes of memory: %d bytes of counts, want the same %d as with much", memory, len(got), len(want))
		}
	}
}

func TestOpen_resumes(t *testing.T) {
	const words = 500
	s := corpus(2, 200, 300, words)
	o := Options{Words: words, Memory: MinMemory, Source: "a"}
	want, _ := count(t, t.TempDir(), o, s)
	dir := t.TempDir()
	resumed := 0
	for stop := 30; stop < len(s); stop += 30 {
		c, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if c.Sentences() > 0 {
			resumed++
		}
		for _, x := range s[c.Sentences():stop] {
			if err := c.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if stop == 60 {
			if err := c.Checkpoint(); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		// What a kill leaves: a run that no state knows.
		if err := os.WriteFile(filepath.Join(dir, "run-999999"), []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if resumed < 5 {
		t.Errorf("%d times resumed, want 5", resumed)
	}
	got, _ := count(t, dir, o, s)
	if !bytes.Equal(got, want) {
		t.Error("counts after interruptions differ from those without")
	}
	left, err := filepath.Glob(filepath.Join(dir, "run-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("runs left: %v, %v", left, err)
	}
	c, err := Open(dir, o) // finished: opens again
	if err != nil {
		t.Fatal(err)
	}
	if c.Sentences() != int64(len(s)) {
		t.Errorf("%d sentences after the end, want %d", c.Sentences(), len(s))
	}
	if _, err := c.Finish(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.Add(s[0]); err == nil || !strings.Contains(err.Error(), "finished") {
		t.Errorf("Add after the end: %v", err)
	}
}

func TestOpen_beginsAnew(t *testing.T) {
	s := corpus(3, 20, 200, 400)
	begin := func(t *testing.T) (string, Options) {
		dir, o := t.TempDir(), Options{Words: 400, Memory: MinMemory, Source: "a"}
		c, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range s {
			if err := c.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Checkpoint(); err != nil {
			t.Fatal(err)
		}
		return dir, o
	}
	for name, change := range map[string]func(t *testing.T, dir string, o *Options){
		"another source": func(t *testing.T, dir string, o *Options) { o.Source = "b" },
		"another window": func(t *testing.T, dir string, o *Options) { o.Window = 3 },
		"lost run": func(t *testing.T, dir string, o *Options) {
			if err := os.Remove(filepath.Join(dir, "run-000001")); err != nil {
				t.Fatal(err)
			}
		},
		"cut run": func(t *testing.T, dir string, o *Options) {
			if err := os.Truncate(filepath.Join(dir, "run-000001"), 30); err != nil {
				t.Fatal(err)
			}
		},
		"state is rubbish": func(t *testing.T, dir string, o *Options) {
			if err := os.WriteFile(filepath.Join(dir, stateName), []byte("{"), 0o666); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, o := begin(t)
			change(t, dir, &o)
			want, _ := count(t, t.TempDir(), o, s)
			c, err := Open(dir, o)
			if err != nil {
				t.Fatal(err)
			}
			if c.Sentences() != 0 {
				t.Fatalf("%d sentences, want 0", c.Sentences())
			}
			if got, _ := count(t, dir, o, s); !bytes.Equal(got, want) {
				t.Error("counts differ from those of a new folder")
			}
		})
	}
}

func TestFinish_manyRuns(t *testing.T) {
	const words = 3000
	s := corpus(4, 100, 900, words) // enough for more runs than are merged at a time
	o := Options{Words: words, Window: 10, Memory: MinMemory}
	dir := t.TempDir()
	c, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range s {
		if err := c.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if n := len(c.state.Runs); n <= fan {
		t.Fatalf("%d runs, expected more than %d for this test", n, fan)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Finish(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Finish of a cancelled context: %v", err)
	}
	got, _ := count(t, dir, o, s)
	want, _ := count(t, t.TempDir(), Options{Words: words, Window: 10, Memory: 1 << 24}, s)
	if !bytes.Equal(got, want) {
		t.Error("counts of many runs differ from those of one")
	}
}

func TestShuffle_keepsEntries(t *testing.T) {
	const words = 300
	s := corpus(5, 60, 200, words)
	dir := t.TempDir()
	_, m := count(t, dir, Options{Words: words, Window: 4, Memory: MinMemory}, s)
	want := expected(t, s, words, 4, text.InverseDistance)
	var first [][]Entry
	for _, c := range []struct {
		side   int
		memory int64
	}{{0, 0}, {3, 0}, {3, MinMemory}, {16, MinMemory}} {
		b, err := Shuffle(t.Context(), m, filepath.Join(dir, "blocks"), ShuffleOptions{Side: c.side, Seed: 7, Memory: c.memory})
		if err != nil {
			t.Fatal(err)
		}
		got, blocks := read(t, b)
		if d := cmp.Diff(want, got, cmpopts.EquateApprox(1e-6, 0)); d != "" {
			t.Fatalf("side %d, memory %d: (-want +got):\n%s", c.side, c.memory, d)
		}
		if int64(len(got)) != b.Len() || b.Words() != words || b.Side() != max(c.side, 1) {
			t.Errorf("Len %d, Words %d, Side %d", b.Len(), b.Words(), b.Side())
		}
		if c.side == 0 && sorted(blocks[0]) > 0.6 {
			t.Errorf("%.2f of neighbours in order, want about a half", sorted(blocks[0]))
		}
		if first == nil {
			first = blocks
		} else if c.side == 0 && !cmp.Equal(first, blocks) {
			t.Error("same seed, another order")
		}
	}
}

// read returns all entries by place, and by block in order.
func read(t testing.TB, b *Blocks) ([]text.Cell, [][]Entry) {
	t.Helper()
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	var all []text.Cell
	var blocks [][]Entry
	var memory ReadBuffer
	for r := range b.Side() {
		for c := range b.Side() {
			to := make([]Entry, b.BlockLen(r, c))
			half := len(to) / 2
			for at, part := range map[int][]Entry{0: to[:half], half: to[half:]} {
				if err := b.Read(t.Context(), r, c, int64(at), part, &memory); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range to {
				all = append(all, text.Cell{Row: int(e.Row), Col: int(e.Col), Value: float64(e.Value)})
			}
			blocks = append(blocks, to)
		}
	}
	slices.SortFunc(all, byPlace)
	return all, blocks
}

// sorted is the share of neighbours whose rows do not fall.
func sorted(e []Entry) float64 {
	n := 0
	for i := 1; i < len(e); i++ {
		if e[i].Row >= e[i-1].Row {
			n++
		}
	}
	return float64(n) / float64(len(e)-1)
}

func TestInMemory_equalsShuffle(t *testing.T) {
	s := corpus(6, 10, 50, 40)
	dir := t.TempDir()
	_, m := count(t, dir, Options{Words: 40, Window: 3, Memory: 1 << 20}, s)
	onDisk, err := Shuffle(t.Context(), m, filepath.Join(dir, "b"), ShuffleOptions{Side: 4})
	if err != nil {
		t.Fatal(err)
	}
	b, err := InMemory(cells(t, m), 40, 4, 0)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := read(t, onDisk)
	got, _ := read(t, b)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-disk +memory):\n%s", d)
	}
}

func TestShuffle_cancelled(t *testing.T) {
	dir := t.TempDir()
	_, m := count(t, dir, Options{Words: 3000, Window: 10, Memory: 1 << 22}, corpus(8, 50, 900, 3000))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Shuffle(ctx, m, filepath.Join(dir, "blocks"), ShuffleOptions{})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "blocks*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestErrors_sayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	open := func(o Options) error { _, err := Open(dir, o); return err }
	c, err := Open(dir, Options{Words: 5, Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	h := header{words: 3, window: 2}
	matrix := func(content string) error {
		m, err := OpenMatrix(file(content))
		if err != nil {
			return err
		}
		return m.Cells(func(text.Cell) error { return nil })
	}
	blocks := func(content string) error { _, err := OpenBlocks(file(content)); return err }
	inMemory := func(c ...text.Cell) error { _, err := InMemory(c, 3, 2, 0); return err }
	run := string(h.append(nil))
	for name, c := range map[string]struct {
		err  error
		want string
		is   error
	}{
		"no words":      {open(Options{}), "words: found 0, expected 1 to", nil},
		"window":        {open(Options{Words: 1, Window: 257}), "window: found 257, expected 1 to 256", nil},
		"memory":        {open(Options{Words: 1, Memory: 5}), "memory: found 5 bytes, expected at least 65536", nil},
		"weighting":     {open(Options{Words: 1, Weighting: 9}), "weighting 9", nil},
		"folder":        {func() error { _, err := Open(file(""), Options{Words: 1}); return err }(), "not a directory", nil},
		"large id":      {c.Add([]int32{1, 5}), "sentence 1: id 5 at place 1, expected at most 4", nil},
		"empty corpus":  {func() error { _, err := c.Finish(t.Context()); return err }(), "no word was counted", nil},
		"no matrix":     {func() error { _, err := OpenMatrix(filepath.Join(dir, "x")); return err }(), "no such file", nil},
		"other magic":   {matrix("hocsauX2" + run[8:]), "hocsauX2", ErrFormat},
		"other header":  {matrix(run[:8] + "\x00\x00\x00\x00" + run[12:]), "header of 0 words", ErrFormat},
		"half a header": {matrix(run[:10]), "", ErrTruncated},
		"no end":        {matrix(run + "\x01\x01"), "", ErrTruncated},
		"half a pair":   {matrix(run + "\x01"), "", ErrTruncated},
		"beyond":        {matrix(run + "\x0a\x01\x00"), "step 10", ErrFormat},
		"below":         {matrix(run + "\x04\x01\x00"), "pair (1, 0) stands below", ErrFormat},
		"zero count":    {matrix(run + "\x01\x00\x00"), "count 0", ErrFormat},
		"blocks magic":  {blocks("0123456789abcdef"), "01234567", ErrFormat},
		"blocks header": {blocks(blocksMagic + "\x01\x00\x00\x00\x00\x00\x01\x00"), "65536 rows of blocks", ErrFormat},
		"blocks table":  {blocks(blocksMagic + "\x01\x00\x00\x00\x02\x00\x00\x00"), "", ErrTruncated},
		"blocks claim":  {blocks(blocksMagic + "\x01\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff\xff\x00\x00\x00"), "for 1099511627775 entries", ErrTruncated},
		"blocks minus":  {blocks(blocksMagic + "\x01\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), "-1 entries", ErrFormat},
		"cell outside":  {inMemory(text.Cell{Row: 3, Col: 0, Value: 1}), "X[3, 0]", nil},
		"cell NaN":      {inMemory(text.Cell{Value: math.NaN()}), "NaN", nil},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || c.is != nil && !errors.Is(c.err, c.is) {
			t.Errorf("%s: error %v, want %q, %v", name, c.err, c.want, c.is)
		}
	}
}

func TestBlocks_refuseForeignEntries(t *testing.T) {
	b, err := InMemory([]text.Cell{{Row: 1, Col: 1, Value: 1}}, 4, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	var memory ReadBuffer
	if err := b.Read(t.Context(), 1, 1, 0, make([]Entry, 2), &memory); err == nil || !strings.Contains(err.Error(), "not in the file") {
		t.Errorf("reading too much: %v", err)
	}
	raw := make([]byte, b.h.size()+entrySize)
	if _, err := b.from.ReadAt(raw, 0); err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]Entry{"block": {2, 1, 1}, "word": {5, 1, 1}, "value": {1, 1, 0}, "negative": {-1, 1, 1}} {
		e.put(raw[b.h.size():])
		bad, err := readBlocks(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		if err := bad.Read(t.Context(), 1, 1, 0, make([]Entry, 1), &memory); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func FuzzRun(f *testing.F) {
	f.Add(header{words: 3, window: 2}.append(nil))
	f.Add(append(header{words: 3, window: 2}.append(nil), 1, 5, 2, 7, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := newRunReader(bytes.NewReader(b), 64)
		if err != nil {
			return
		}
		last := -1
		for {
			more, err := r.next()
			if err != nil || !more {
				return
			}
			if int(r.key) <= last || r.key >= r.limit {
				t.Fatalf("key %d after %d, limit %d", r.key, last, r.limit)
			}
			last = int(r.key)
		}
	})
}

func FuzzBlocks(f *testing.F) {
	b, err := InMemory([]text.Cell{{Row: 1, Col: 2, Value: 0.5}}, 3, 2, 0)
	if err != nil {
		f.Fatal(err)
	}
	raw := make([]byte, b.h.size()+entrySize)
	if _, err := b.from.ReadAt(raw, 0); err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := readBlocks(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		var memory ReadBuffer
		for r := range b.Side() {
			for c := range b.Side() {
				to := make([]Entry, b.BlockLen(r, c))
				if err := b.Read(t.Context(), r, c, 0, to, &memory); err != nil {
					return
				}
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	s := corpus(9, 100, 2000, 20000)
	tokens := 0
	for _, x := range s {
		tokens += len(x)
	}
	c, err := Open(b.TempDir(), Options{Words: 20000, Memory: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		for _, x := range s {
			if err := c.Add(x); err != nil {
				b.Fatal(err)
			}
		}
		n += tokens
	}
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tokens/s")
}

// Counting stays within its bound of memory, for a text as for the same ten times
// over.
func TestCounter_memory(t *testing.T) {
	const bound = 4 << 20
	s := corpus(5, 100, 300, 3000)
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse)
	}
	runtime.GC()
	before := inUse()
	for _, times := range []int{1, 10} {
		c, err := Open(t.TempDir(), Options{Words: 3000, Window: 10, Memory: bound})
		if err != nil {
			t.Fatal(err)
		}
		most := int64(0)
		for range times {
			for i, x := range s {
				if err := c.Add(x); err != nil {
					t.Fatal(err)
				}
				if i%10 == 0 {
					runtime.GC()
					most = max(most, inUse())
				}
			}
		}
		if _, err := c.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		// A megabyte for the buffers of files and what the runtime rounds up.
		if most-before > bound+1<<20 {
			t.Errorf("the text %d times: %d bytes in use, bound %d", times, most-before, bound)
		}
		if err := c.Add(s[0]); err == nil || !strings.Contains(err.Error(), "are finished") {
			t.Errorf("a sentence after the end: error %v", err)
		}
	}
}

// FuzzState: whatever the note of an earlier counting says, counting goes on or
// begins anew, and files of others stay.
func FuzzState(f *testing.F) {
	o := Options{Words: 3, Window: 2}
	f.Add([]byte(`{"version":1,"words":3,"window":2,"runs":[{"name":"run-000001","entries":1,"bytes":5}],"number":1}`))
	f.Add([]byte(`{"version":1,"words":3,"window":2,"runs":[{"name":"../mine","entries":1,"bytes":4}]}`))
	f.Add([]byte(`{"version":1,"words":3,"window":2,"number":-9223372036854775808,"sentences":-1,"done":true}`))
	f.Fuzz(func(t *testing.T, note []byte) {
		root := t.TempDir()
		dir, mine := filepath.Join(root, "counts"), filepath.Join(root, "mine")
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		for path, content := range map[string][]byte{mine: []byte("mine"), filepath.Join(dir, "note"): []byte("mine"), filepath.Join(dir, stateName): note, filepath.Join(dir, "run-000001"): []byte("short")} {
			if err := os.WriteFile(path, content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Open(dir, o)
		if err != nil {
			return
		}
		if err := c.Add([]int32{0, 1, 2}); err == nil {
			_, _ = c.Finish(t.Context()) // a run that is none is an error
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{mine, filepath.Join(dir, "note")} {
			if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
				t.Fatalf("a file of others: %q, %v", b, err)
			}
		}
	})
}
