package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// The names in a run's folder.
const (
	LastDir     = "last" // where the run is
	BestDir     = "best" // the model of the best epoch by validation
	ModelFile   = "model.safetensors"
	stateFile   = "state.safetensors"
	metaFile    = "meta.json"
	metricsFile = "metrics.jsonl"
	configFile  = "config.yaml"
	lockFile    = ".lock"
)

// ErrBusy is the cause of the error for a folder that another process uses.
var ErrBusy = errors.New("another process trains in this folder")

// Folder is the folder of a run: its settings, its metrics and two
// checkpoints, last and best. A checkpoint is replaced as a whole; a process
// that is killed leaves the one before.
type Folder struct {
	path string
	lock *flock.Flock
}

// OpenFolder opens a run's folder for training, making it where there is none.
// One process at a time can have it open.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, errors.Wrap(err, "open run")
	}
	f := &Folder{path: path, lock: flock.New(filepath.Join(path, lockFile))}
	ok, err := f.lock.TryLock()
	if err != nil {
		return nil, errors.Wrapf(err, "lock run %s", path)
	}
	if !ok {
		return nil, errors.Wrapf(ErrBusy, "open run %s", path)
	}
	if err := tidy(path); err != nil {
		_ = f.lock.Unlock()
		return nil, err
	}
	return f, nil
}

// Path returns the path of the folder.
func (f *Folder) Path() string { return f.path }

// Close lets other processes open the folder.
func (f *Folder) Close() error { return errors.Wrapf(f.lock.Unlock(), "unlock run %s", f.path) }

// Config returns the settings of the run; nothing where none are written yet.
func (f *Folder) Config() ([]byte, error) { return ReadConfig(f.path) }

// ReadConfig returns the settings of the run in a folder.
func ReadConfig(path string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(path, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, errors.Wrap(err, "read settings")
}

// SetConfig writes the settings of the run.
func (f *Folder) SetConfig(yaml []byte) error {
	return atomicfile.WriteBytes(filepath.Join(f.path, configFile), yaml)
}

// checkpointDirs are the steps by which a checkpoint is replaced: the new one is
// written beside, the old one moved away, the new one moved in.
const (
	newSuffix = ".new"
	oldSuffix = ".old"
)

// save replaces the checkpoint of that name. state is nil where only the model
// is kept.
func (f *Folder) save(name string, store *graph.Store, state []safetensors.Tensor, m Meta) error {
	to := filepath.Join(f.path, name)
	dir := to + newSuffix
	if err := os.RemoveAll(dir); err != nil {
		return errors.Wrap(err, "save checkpoint")
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return errors.Wrap(err, "save checkpoint")
	}
	if err := f.fill(dir, store, state, m); err != nil {
		_ = os.RemoveAll(dir)
		return errors.Wrap(err, "save checkpoint (the one before is whole)")
	}
	return errors.Wrap(swap(to), "save checkpoint")
}

// fill writes the files of a checkpoint. meta.json comes last: where it is, all
// is.
func (f *Folder) fill(dir string, store *graph.Store, state []safetensors.Tensor, m Meta) error {
	if err := checkpoint.Save(filepath.Join(dir, ModelFile), store, nil); err != nil {
		return err
	}
	if state != nil {
		if err := safetensors.WriteFile(filepath.Join(dir, stateFile), state, nil); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(dir, metaFile), append(b, '\n'))
}

// swap puts to.new in the place of to.
func swap(to string) error {
	if err := os.RemoveAll(to + oldSuffix); err != nil {
		return err
	}
	if err := os.Rename(to, to+oldSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(to+newSuffix, to); err != nil {
		return err
	}
	return os.RemoveAll(to + oldSuffix)
}

// tidy finishes what a killed process left half done.
func tidy(path string) error {
	for _, name := range []string{LastDir, BestDir} {
		to := filepath.Join(path, name)
		if exists(to) {
			if err := os.RemoveAll(to + newSuffix); err != nil {
				return errors.Wrap(err, "tidy run")
			}
			continue
		}
		for _, from := range []string{to + newSuffix, to + oldSuffix} {
			if !exists(filepath.Join(from, metaFile)) {
				continue
			}
			if err := os.Rename(from, to); err != nil {
				return errors.Wrap(err, "recover checkpoint")
			}
			break
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// CheckpointDir returns the folder of the run's checkpoint to use: best where
// there is one, else last.
func CheckpointDir(path string) (string, error) {
	for _, name := range []string{BestDir, LastDir} {
		to := filepath.Join(path, name)
		for _, dir := range []string{to, to + newSuffix, to + oldSuffix} {
			if exists(filepath.Join(dir, metaFile)) {
				return dir, nil
			}
		}
	}
	return "", errors.Errorf("%s holds no checkpoint, expected %s or %s in it", path, BestDir, LastDir)
}

// ReadMeta reads what a checkpoint says of itself.
func ReadMeta(dir string) (Meta, error) {
	var m Meta
	b, err := os.ReadFile(filepath.Join(dir, metaFile))
	if err != nil {
		return m, errors.Wrap(err, "read checkpoint")
	}
	return m, errors.Wrapf(json.Unmarshal(b, &m), "read %s", filepath.Join(dir, metaFile))
}

// Log adds a line to metrics.jsonl.
func (f *Folder) log(line []byte) error {
	w, err := os.OpenFile(filepath.Join(f.path, metricsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return errors.Wrap(err, "log metrics")
	}
	_, err = w.Write(append(line, '\n'))
	if closed := w.Close(); err == nil {
		err = closed
	}
	return errors.Wrap(err, "log metrics")
}

// cutLog keeps the lines of metrics.jsonl up to a step.
func (f *Folder) cutLog(step int) error {
	path := filepath.Join(f.path, metricsFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.Wrap(err, "read metrics")
	}
	var kept bytes.Buffer
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var at struct{ Step int }
		if json.Unmarshal(lines.Bytes(), &at) == nil && at.Step <= step {
			kept.Write(lines.Bytes())
			kept.WriteByte('\n')
		}
	}
	return atomicfile.WriteBytes(path, kept.Bytes())
}

// Describe replaces what the checkpoints say of the model.
func (f *Folder) Describe(model json.RawMessage) error {
	for _, name := range []string{LastDir, BestDir} {
		dir := filepath.Join(f.path, name)
		if !exists(filepath.Join(dir, metaFile)) {
			continue
		}
		m, err := ReadMeta(dir)
		if err != nil {
			return err
		}
		m.Model = model
		b, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			return errors.Wrap(err, "describe model")
		}
		if err := atomicfile.WriteBytes(filepath.Join(dir, metaFile), append(b, '\n')); err != nil {
			return err
		}
	}
	return nil
}
