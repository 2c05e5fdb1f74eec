package train

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// interrupted makes the folder of a run that stopped within its second epoch,
// and returns what its checkpoint says of itself.
func interrupted(f *testing.F, dir string) []byte {
	f.Helper()
	folder := open(f, dir)
	l := newLoop(f, folder, config{})
	if !l.Next(f.Context()) {
		f.Fatal(l.Err())
	}
	if err := folder.Close(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, LastDir, metaFile))
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// FuzzMeta: whatever the note of a checkpoint says, the run is refused or goes
// on.
func FuzzMeta(f *testing.F) {
	dir := f.TempDir()
	f.Add(interrupted(f, dir))
	f.Add([]byte(`{"progress":{"epoch":0,"batch":-1,"step":-5}}`))
	f.Add([]byte(`{"progress":{"epoch":-1,"batch":99,"step":9223372036854775807,"history":[{"epoch":7,"validation":[{"name":"","value":null}]}]}}`))
	f.Add([]byte(`{"progress":{"epoch":3,"examples":-1,"loss_sum":-1e308,"history":null}}`))
	saved := f.TempDir()
	if err := os.CopyFS(saved, os.DirFS(dir)); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, meta []byte) {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(saved)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, LastDir, metaFile), meta, 0o666); err != nil {
			t.Fatal(err)
		}
		folder := open(t, dir)
		l := newLoop(t, folder, config{})
		if _, _, err := l.Resume(); err == nil {
			if err := l.Progress().check(); err != nil {
				t.Error(err)
			}
			for l.Next(t.Context()) { // an error will do: sums may be beyond a number
			}
		}
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzCutLog: of a log, only whole lines up to a step stay, as they were.
func FuzzCutLog(f *testing.F) {
	f.Add([]byte("{\"event\":\"epoch\",\"epoch\":1,\"step\":7}\n{\"event\":\"epoch\",\"epoch\":2,\"step\":14}\n{\"event\":"), 7)
	f.Add([]byte("\n\n{\"step\":1e30}\n{\"step\":null}\n"), 0)
	dir := f.TempDir()
	path := filepath.Join(dir, metricsFile)
	f.Fuzz(func(t *testing.T, log []byte, step int) {
		if err := os.WriteFile(path, log, 0o666); err != nil {
			t.Fatal(err)
		}
		folder := &Folder{path: dir}
		if err := folder.cutLog(step); err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rest := log
		for line := range bytes.Lines(kept) {
			var at struct{ Step int }
			if err := json.Unmarshal(line, &at); err != nil || at.Step > step {
				t.Fatalf("kept %q up to step %d", line, step)
			}
			i := bytes.Index(rest, line)
			if i < 0 {
				t.Fatalf("%q was not in the log", line)
			}
			rest = rest[i+len(line):]
		}
		if err := folder.cutLog(step); err != nil {
			t.Fatal(err)
		}
		if again, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, again) {
			t.Fatalf("%q, then %q, %v", kept, again, err)
		}
	})
}
