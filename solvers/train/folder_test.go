package train

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

// checkLog makes sure that metrics.jsonl has each epoch once, in order, and that
// the event files have each once, too.
func checkLog(tb testing.TB, dir string) {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(dir, metricsFile))
	if err != nil {
		tb.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) != testEpochs {
		tb.Errorf("%d lines of metrics, want %d:\n%s", len(lines), testEpochs, b)
	}
	for i, line := range lines {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			tb.Fatal(err)
		}
		if e["event"] != "epoch" || e["epoch"] != float64(i+1) || e["step"] != float64(7*(i+1)) {
			tb.Errorf("line %d: %s", i+1, line)
		}
		for _, key := range []string{"train_loss", "val_loss", "val_accuracy", "samples_per_s", "learn_rate"} {
			if _, ok := e[key].(float64); !ok {
				tb.Errorf("line %d has no number %s: %s", i+1, key, line)
			}
		}
	}
	events, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil {
		tb.Fatal(err)
	}
	noted := 0
	for _, path := range events {
		b, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		noted += strings.Count(string(b), "train_loss")
	}
	if noted != testEpochs {
		tb.Errorf("%d epochs in %d event files, want %d", noted, len(events), testEpochs)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "events.out.tfevents.") {
			name = "events"
		}
		list = append(list, name)
	}
	return list
}

func TestFolder_contents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "a")
	finish(t, dir, config{})
	if diff := cmp.Diff([]string{".lock", "best", "events", "last", "metrics.jsonl"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"meta.json", "model.safetensors", "state.safetensors"}, names(t, filepath.Join(dir, LastDir))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"meta.json", "model.safetensors"}, names(t, filepath.Join(dir, BestDir))); diff != "" {
		t.Error(diff)
	}
	checkLog(t, dir)
	best, err := ReadMeta(filepath.Join(dir, BestDir))
	if err != nil {
		t.Fatal(err)
	}
	top := 0.0
	for _, e := range history(t, dir) {
		v, _ := e.Validation.Get("val_accuracy")
		top = max(top, v)
	}
	if best.Progress.Best != top || best.Progress.BestEpoch != best.Progress.Epoch {
		t.Errorf("best is %g of epoch %d, saved after %d, want %g", best.Progress.Best, best.Progress.BestEpoch, best.Progress.Epoch, top)
	}
}

func TestFolder_oneProcess(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	if _, err := OpenFolder(dir); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second one: %v, want ErrBusy and the folder", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFolder_unusedIsRemoved(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "a")
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, parent); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, parent); len(left) != 1 {
		t.Error("a folder of the user was removed")
	}
	f := open(t, filepath.Join(parent, "b"))
	if err := f.SetConfig([]byte("model: lenet\n")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadConfig(filepath.Join(parent, "b")); err != nil || string(b) != "model: lenet\n" {
		t.Errorf("config %q, %v", b, err)
	}
}

// The steps in which a checkpoint is replaced, and what is left when a process
// is killed after each: the run goes on from "last" and finds all else tidy.
func TestOpenFolder_crashWindow(t *testing.T) {
	whole := t.TempDir()
	finish(t, whole, config{})
	before := t.TempDir() // stopped before the last epoch ends
	interrupt(t, before, 17)

	for _, c := range []struct {
		name  string
		files map[string]string // folder → where from; "" half written
		step  int               // that the run goes on from
	}{
		{"new half written", map[string]string{"last": before, "last.new": ""}, 17},
		{"new whole", map[string]string{"last": before, "last.new": whole}, 17},
		{"old moved away", map[string]string{"last.old": before, "last.new": whole}, 21},
		{"new moved in", map[string]string{"last.old": before, "last": whole}, 21},
		{"old half removed", map[string]string{"last.old": "", "last": whole}, 21},
		{"first, half written", map[string]string{"last.new": ""}, 0},
		{"first, whole", map[string]string{"last.new": whole}, 21},
		{"only the old", map[string]string{"last.old": before}, 17},
		{"old, new half written", map[string]string{"last.old": before, "last.new": ""}, 17},
		{"best, half written", map[string]string{"last": before, "best.new": ""}, 17},
		{"nothing", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, from := range c.files {
				to := filepath.Join(dir, name)
				if from == "" {
					if err := os.Mkdir(to, 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(to, ModelFile), []byte("half"), 0o666); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if err := os.CopyFS(to, os.DirFS(filepath.Join(from, LastDir))); err != nil {
					t.Fatal(err)
				}
			}
			if at, err := CheckpointDir(dir); (err == nil) != (c.step > 0) {
				t.Errorf("before the run is opened: checkpoint %q, %v", at, err)
			} else if err == nil {
				if m, err := ReadMeta(at); err != nil || m.Progress.Step != c.step && c.name != "new whole" {
					t.Errorf("before the run is opened: step %d, %v, want %d", m.Progress.Step, err, c.step)
				}
			}
			f := open(t, dir)
			l := newLoop(t, f, config{})
			_, resumed, err := l.Resume()
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Progress().Step; got != c.step || resumed != (c.step > 0) {
				t.Errorf("goes on from step %d (resumed %t), want %d", got, resumed, c.step)
			}
			for _, name := range names(t, dir) {
				if strings.HasSuffix(name, newSuffix) || strings.HasSuffix(name, oldSuffix) {
					t.Errorf("%s is left", name)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			finish(t, dir, config{})
			if bits(t, dir, LastDir) != bits(t, whole, LastDir) {
				t.Error("the run ends with other bits")
			}
		})
	}
}

func TestResume_cutsMetrics(t *testing.T) {
	dir := t.TempDir()
	interrupt(t, dir, 9) // in the second epoch
	path := filepath.Join(dir, metricsFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// What a process wrote after its last checkpoint, the last line torn.
	late := `{"event":"epoch","epoch":2,"step":14,"train_loss":0.5}` + "\n" + `{"event":"epoch","epoch":3,"st`
	if err := os.WriteFile(path, append(whole, late...), 0o666); err != nil {
		t.Fatal(err)
	}
	f := open(t, dir)
	defer f.Close()
	if _, _, err := newLoop(t, f, config{}).Resume(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(whole) {
		t.Errorf("after resuming: %q, %v\nwant %q", got, err, whole)
	}
}

// A process may be killed after its first epoch is noted, before it is saved.
func TestResume_cutsMetricsWithoutCheckpoint(t *testing.T) {
	dir := t.TempDir()
	interrupt(t, dir, 9)
	if err := os.RemoveAll(filepath.Join(dir, LastDir)); err != nil {
		t.Fatal(err)
	}
	finish(t, dir, config{})
	checkLog(t, dir)
}

func TestResume_badCheckpoints(t *testing.T) {
	whole := t.TempDir()
	interrupt(t, whole, 9)
	other := graph.NewStore(graph.Float32, 1)
	zoo.NewMLP(graph.New(other, graph.Eval).Scope(), features, 8, classes)

	for _, c := range []struct {
		name  string
		spoil func(last string) error
		want  []string
	}{
		{"no meta", func(last string) error { return os.Remove(filepath.Join(last, metaFile)) }, []string{"read checkpoint", "last/meta.json", "no such file"}},
		{"meta truncated", func(last string) error { return os.Truncate(filepath.Join(last, metaFile), 50) }, []string{"last/meta.json", "unexpected end of JSON"}},
		{"no weights", func(last string) error { return os.Remove(filepath.Join(last, ModelFile)) }, []string{"load weights", "last/model.safetensors", "no such file"}},
		{"weights truncated", func(last string) error { return os.Truncate(filepath.Join(last, ModelFile), 500) }, []string{"last/model.safetensors", "truncated"}},
		{"no state", func(last string) error { return os.Remove(filepath.Join(last, stateFile)) }, []string{"load solver state", "last/state.safetensors"}},
		{"state truncated", func(last string) error { return os.Truncate(filepath.Join(last, stateFile), 700) }, []string{"last/state.safetensors", "truncated"}},
		{
			"another model", func(last string) error { return checkpoint.Save(filepath.Join(last, ModelFile), other, nil) },
			[]string{"last/model.safetensors", "missing: bn.weight, bn.bias, bn.running_mean, bn.running_var", "of another shape: fc1.weight: file [8 12], model [16 12]", "another model"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(filepath.Join(dir, LastDir)); err != nil {
				t.Fatal(err)
			}
			f := open(t, dir)
			defer f.Close()
			_, _, err := newLoop(t, f, config{}).Resume()
			for _, want := range c.want {
				if err == nil || !strings.Contains(filepath.ToSlash(err.Error()), want) {
					t.Errorf("error %v, want %q", err, want)
				}
			}
		})
	}
}

func TestCheckpointDir_none(t *testing.T) {
	dir := t.TempDir()
	if _, err := CheckpointDir(dir); err == nil || !strings.Contains(err.Error(), "holds no checkpoint, expected best or last in it") {
		t.Errorf("error %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, LastDir), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := CheckpointDir(dir); err == nil || !strings.Contains(err.Error(), "holds no meta.json: the checkpoint is damaged") {
		t.Errorf("error %v", err)
	}
}

func TestFolder_describe(t *testing.T) {
	dir := t.TempDir()
	finish(t, dir, config{})
	f := open(t, dir)
	defer f.Close()
	if err := f.Describe(json.RawMessage(`{"model":"mine"}`)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{LastDir, BestDir} {
		m, err := ReadMeta(filepath.Join(dir, name))
		var model map[string]string
		if err == nil {
			err = json.Unmarshal(m.Model, &model)
		}
		if err != nil || model["model"] != "mine" || m.Progress.Epoch == 0 {
			t.Errorf("%s: model %v, epoch %d, %v", name, model, m.Progress.Epoch, err)
		}
	}
}

func TestOpenFolder_impossible(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "run")} {
		if _, err := OpenFolder(path); err == nil || !strings.Contains(err.Error(), "open run") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: error %v", path, err)
		}
	}
	if os.Geteuid() <= 0 {
		t.Skip("this user may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(filepath.Join(dir, "run")); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("read-only folder: error %v", err)
	}
	if _, err := OpenFolder(dir); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("read-only run: error %v", err)
	}
}

// What cannot be written leaves the checkpoint before as it was.
func TestFolder_saveFails(t *testing.T) {
	dir := t.TempDir()
	interrupt(t, dir, 9)
	before := bits(t, dir, LastDir)
	f := open(t, dir)
	defer f.Close()
	l := newLoop(t, f, config{model: func(s graph.Scope) nn.Layer {
		s.Param("__metadata__", graph.Constant(0), 1) // a name that no file can hold
		return network(s)
	}})
	for l.Next(t.Context()) {
	}
	if err := l.Err(); err == nil || !strings.Contains(err.Error(), "save checkpoint (the one before is whole)") || !strings.Contains(err.Error(), "__metadata__") {
		t.Errorf("error %v", err)
	}
	if bits(t, dir, LastDir) != before {
		t.Error("the checkpoint before was changed")
	}
	for _, name := range names(t, dir) {
		if strings.HasSuffix(name, newSuffix) {
			t.Errorf("%s is left", name)
		}
	}
}

// Nothing is written into a folder that took the place of the run's.
func TestFolder_swapped(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there an open folder cannot be moved")
	}
	path := filepath.Join(t.TempDir(), "run")
	f, err := OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.SetConfig([]byte("a: 1\n")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+"-moved"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetConfig([]byte("a: 2\n")); err == nil || !strings.Contains(err.Error(), "was moved away") {
		t.Errorf("moved away: error %v", err)
	}
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, lockFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := graph.NewStore(graph.Float32, 1)
	if err := f.save(LastDir, store, nil, Meta{}); err == nil || !strings.Contains(err.Error(), "another folder has taken the place") {
		t.Errorf("replaced: error %v", err)
	}
	if entries, err := os.ReadDir(path); err != nil || len(entries) != 1 {
		t.Errorf("%v in the other folder, %v", entries, err)
	}
}

// A lock that is a link or a pipe is neither made nor waited for.
func TestOpenFolder_lockIsNoFile(t *testing.T) {
	path := t.TempDir()
	if err := os.Symlink(filepath.Join(path, "elsewhere"), filepath.Join(path, lockFile)); err != nil {
		t.Skip(err)
	}
	if _, err := OpenFolder(path); err == nil || !strings.Contains(err.Error(), "expected a regular file") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Lstat(filepath.Join(path, "elsewhere")); err == nil {
		t.Error("the link was written through")
	}
}
