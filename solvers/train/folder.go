package train

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/gofrs/flock"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/internal/regular"
	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/solvers/train/tensorboard"
	"github.com/hocsau/hocsau/zoo/card"
)

// The names in a run's folder.
const (
	LastDir     = card.LastDir // where the run is
	BestDir     = card.BestDir // the model of the best epoch by validation
	AverageDir  = "average"    // the moving average of the weights
	ModelFile   = card.WeightsFile
	stateFile   = "state.safetensors"
	metaFile    = card.MetaFile
	metricsFile = "metrics.jsonl"
	configFile  = "config.yaml"
	lockFile    = ".lock"
)

// longestSmall is the most bytes of settings, and of what a checkpoint says of itself:
// the history of its epochs is the most.
const longestSmall = 64 << 20

// ErrBusy is the cause of the error for a folder that another process uses.
var ErrBusy = errors.New("another process trains in this folder")

// Folder is the folder of a run: its settings, its metrics and two
// checkpoints, last and best. A checkpoint is replaced as a whole; a process
// that is killed leaves the one before.
type Folder struct {
	path   string
	lock   *flock.Flock
	held   fs.FileInfo // of the lock's file
	made   []string    // what OpenFolder made, the folder itself first, then those around it
	events *tensorboard.Writer
	cutAt  int // the step after which the metrics were dropped
	saving atomic.Bool
}

// OpenFolder opens a run's folder for training, making it where there is none.
// One process at a time can have it open.
func OpenFolder(path string) (*Folder, error) {
	var made []string
	for p := filepath.Clean(path); !exists(p); p = filepath.Dir(p) {
		if made = append(made, p); p == filepath.Dir(p) {
			break // the working folder is gone
		}
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, errors.Wrap(err, "open run")
	}
	// A pipe would be waited for, a link could lead anywhere.
	if info, err := os.Lstat(filepath.Join(path, lockFile)); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Errorf("open run %s: %s is of type %s, expected a regular file", path, lockFile, info.Mode().Type())
	}
	f := &Folder{path: path, made: made, lock: flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o666))}
	ok, err := f.lock.TryLock()
	if err != nil {
		return nil, errors.Wrapf(err, "lock run %s", path)
	}
	if !ok {
		return nil, errors.Wrapf(ErrBusy, "open run %s", path)
	}
	if f.held, err = os.Lstat(f.lock.Path()); err == nil {
		err = tidy(path)
	}
	if err != nil {
		_ = f.lock.Unlock()
		return nil, errors.Wrapf(err, "open run %s", path)
	}
	return f, nil
}

// same returns an error where another folder has taken the place of the one that
// was opened: nothing of this run is written into it.
func (f *Folder) same() error {
	now, err := os.Lstat(f.lock.Path())
	if err != nil {
		return errors.Wrapf(err, "the folder of run %s was moved away", f.path)
	}
	if !os.SameFile(f.held, now) {
		return errors.Errorf("another folder has taken the place of run %s, expected the one that was opened", f.path)
	}
	return nil
}

// Path returns the path of the folder.
func (f *Folder) Path() string { return f.path }

// Close lets other processes open the folder. One that OpenFolder made and
// nothing was written to is removed, with the empty folders made around it.
func (f *Folder) Close() error {
	var err error
	if f.events != nil {
		err = f.events.Close()
		f.events = nil
	}
	if len(f.made) > 0 && f.same() == nil && f.empty() {
		_ = os.Remove(filepath.Join(f.path, lockFile)) // where the system lets an open file go
		for _, p := range f.made {
			_ = os.Remove(p) // unless something lies in it
		}
	}
	if unlock := f.lock.Unlock(); err == nil {
		err = errors.Wrapf(unlock, "unlock run %s", f.path)
	}
	return err
}

// empty reports whether the folder holds nothing but the lock.
func (f *Folder) empty() bool {
	entries, err := os.ReadDir(f.path)
	return err == nil && len(entries) == 1 && entries[0].Name() == lockFile
}

// Started reports whether the folder holds a checkpoint.
func (f *Folder) Started() bool {
	return exists(filepath.Join(f.path, LastDir)) || exists(filepath.Join(f.path, BestDir))
}

// Config returns the settings of the run; nothing where none are written yet.
func (f *Folder) Config() ([]byte, error) { return ReadConfig(f.path) }

// ReadConfig returns the settings of the run in a folder.
func ReadConfig(path string) ([]byte, error) {
	b, err := regular.ReadFile(filepath.Join(path, configFile), longestSmall)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, errors.Wrap(err, "read settings")
}

// SetConfig writes the settings of the run.
func (f *Folder) SetConfig(yaml []byte) error {
	if err := f.same(); err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(f.path, configFile), yaml)
}

// checkpointDirs are the steps by which a checkpoint is replaced: the new one is
// written beside, the old one moved away, the new one moved in.
const (
	newSuffix = card.NewSuffix
	oldSuffix = card.OldSuffix
)

// save replaces the checkpoint of that name. state is nil where only the model
// is kept.
func (f *Folder) save(name string, store *graph.Store, state []safetensors.Tensor, m Meta) error {
	return f.saveWith(name, store, func(path string) error {
		if state == nil {
			return nil
		}
		return safetensors.WriteFile(path, state, nil)
	}, m)
}

// Saving reports whether a checkpoint is being written; any goroutine may ask.
func (f *Folder) Saving() bool { return f.saving.Load() }

// saveWith is save with a state that writes itself to a path.
func (f *Folder) saveWith(name string, store *graph.Store, state func(path string) error, m Meta) error {
	if err := f.same(); err != nil {
		return errors.Wrap(err, "save checkpoint")
	}
	f.saving.Store(true)
	defer f.saving.Store(false)
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
func (f *Folder) fill(dir string, store *graph.Store, state func(path string) error, m Meta) error {
	if err := checkpoint.Save(filepath.Join(dir, ModelFile), store, nil); err != nil {
		return err
	}
	if err := state(filepath.Join(dir, stateFile)); err != nil {
		return err
	}
	return writeMeta(dir, m)
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

// tidy finishes what a killed process left half done: of last, last.new and
// last.old it leaves the newest that is whole, as last.
func tidy(path string) error {
	for _, name := range []string{LastDir, BestDir, AverageDir} {
		to := filepath.Join(path, name)
		for _, from := range []string{to + newSuffix, to + oldSuffix} {
			if !exists(to) && exists(filepath.Join(from, metaFile)) {
				if err := os.Rename(from, to); err != nil {
					return errors.Wrap(err, "recover checkpoint")
				}
			}
			if err := os.RemoveAll(from); err != nil {
				return errors.Wrap(err, "tidy run")
			}
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
func CheckpointDir(path string) (string, error) { return card.CheckpointDir(path) }

// ReadMeta reads what a checkpoint says of itself.
func ReadMeta(dir string) (Meta, error) {
	var m Meta
	b, err := regular.ReadFile(filepath.Join(dir, metaFile), longestSmall)
	if err != nil {
		return m, errors.Wrap(err, "read checkpoint")
	}
	err = json.Unmarshal(b, &m)
	if err == nil {
		err = m.Progress.check()
	}
	return m, errors.Wrapf(err, "read %s", filepath.Join(dir, metaFile))
}

// Reopen takes back that the run is finished, so that it goes on where it is
// resumed for more epochs; its patience begins anew. model replaces what the last
// checkpoint says of the model.
func (f *Folder) Reopen(model json.RawMessage) error {
	dir := filepath.Join(f.path, LastDir)
	m, err := ReadMeta(dir)
	if err != nil {
		return err
	}
	m.Model, m.Progress.Done, m.Progress.Stopped = model, false, false
	if s := m.Progress.Early; s != nil {
		s.BestEpoch, s.Stopped = max(0, s.Epochs-1), false
	}
	return writeMeta(dir, m)
}

// Describe replaces what the checkpoints say of the model, last's at the end.
func (f *Folder) Describe(model json.RawMessage) error {
	if err := f.same(); err != nil {
		return err
	}
	for _, name := range []string{BestDir, AverageDir, LastDir} {
		dir := filepath.Join(f.path, name)
		if !exists(filepath.Join(dir, metaFile)) {
			continue
		}
		m, err := ReadMeta(dir)
		if err != nil {
			return err
		}
		m.Model = model
		if err := writeMeta(dir, m); err != nil {
			return err
		}
	}
	return nil
}

// writeMeta writes what the checkpoint in dir says of itself.
func writeMeta(dir string, m Meta) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return errors.Wrap(err, "describe checkpoint")
	}
	return atomicfile.WriteBytes(filepath.Join(dir, metaFile), append(b, '\n'))
}
