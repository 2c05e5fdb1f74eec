package train

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// condition is what a long run must not use more and more of.
type condition struct {
	heap       uint64 // bytes, after a collection
	objects    uint64
	goroutines int
	files      int
	bytes      int64 // in the run's folder
}

func conditionOf(t *testing.T, dir string) condition {
	t.Helper()
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c := condition{heap: m.HeapAlloc, objects: m.HeapObjects, goroutines: runtime.NumGoroutine()}
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		c.files++
		c.bytes += info.Size()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A run of 10,000 steps with checkpoints and logs uses no more memory and no
// more goroutines at its end than after its first fifth; its folder grows by the
// lines of its epochs alone.
func TestLoop_soak(t *testing.T) {
	if os.Getenv("HOCSAU_LONG") == "" {
		t.Skip("10,000 steps; set HOCSAU_LONG=1")
	}
	const steps, perEpoch = 10_000, 100
	dir := t.TempDir()
	f := open(t, dir)
	l := newLoop(t, f, config{train: points(testBatch*perEpoch, 1), threads: 2})
	l.Epochs = steps / perEpoch
	l.SaveEvery = 50 * time.Millisecond
	var seen []condition
	for l.Next(t.Context()) {
		if p := l.Progress(); p.Epoch%(l.Epochs/5) == 0 {
			c := conditionOf(t, dir)
			t.Logf("step %5d: heap %d KiB in %d objects, %d goroutines, %d files of %d KiB", p.Step, c.heap>>10, c.objects, c.goroutines, c.files, c.bytes>>10)
			seen = append(seen, c)
		}
	}
	if err := l.Err(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if p := l.Progress(); p.Step != steps || len(seen) != 5 {
		t.Fatalf("%d steps, looked at %d times, expected %d and 5", p.Step, len(seen), steps)
	}
	// An epoch is a record of a few hundred bytes in memory, in meta.json, in
	// metrics.jsonl and in the event file.
	const epoch = 2 << 10
	first, last := seen[0], seen[4]
	grown := uint64(l.Epochs-l.Epochs/5) * epoch
	if last.heap > first.heap+grown+64<<10 {
		t.Errorf("the heap grew from %d to %d bytes", first.heap, last.heap)
	}
	if last.goroutines > first.goroutines {
		t.Errorf("%d goroutines, then %d", first.goroutines, last.goroutines)
	}
	if last.files > first.files || last.bytes > first.bytes+int64(grown) {
		t.Errorf("%d files of %d bytes, then %d of %d", first.files, first.bytes, last.files, last.bytes)
	}
}
