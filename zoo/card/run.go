package card

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// The names in the folder of a run.
const (
	LastDir     = "last" // where the run is
	BestDir     = "best" // the model of the best epoch by validation
	WeightsFile = "model.safetensors"
	MetaFile    = "meta.json"
	configFile  = "config.yaml"
)

// While a checkpoint is replaced, the new one lies beside it, the old one for a
// moment away from it.
const (
	NewSuffix = ".new"
	OldSuffix = ".old"
)

// most is how large a file that describes a run may be.
const most = 64 << 20

// Described is what a checkpoint says of its model.
type Described struct {
	Card *Card `json:"card,omitempty"`
	// Model, Data and About are what checkpoints had in place of a card before
	// there were cards.
	Model string          `json:"model,omitempty"`
	Data  string          `json:"data,omitempty"`
	About json.RawMessage `json:"about,omitempty"`
}

// CheckpointDir returns the folder of the run's checkpoint to use: best where
// there is one, else last.
func CheckpointDir(path string) (string, error) {
	for _, name := range []string{BestDir, LastDir} {
		to := filepath.Join(path, name)
		if exists(to) && !exists(filepath.Join(to, MetaFile)) {
			return "", errors.Errorf("%s holds no %s: the checkpoint is damaged", to, MetaFile)
		}
		for _, dir := range []string{to, to + NewSuffix, to + OldSuffix} {
			if exists(filepath.Join(dir, MetaFile)) {
				return dir, nil
			}
		}
	}
	return "", errors.Errorf("%s holds no checkpoint, expected %s or %s in it", path, BestDir, LastDir)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// IsCheckpoint reports whether a folder is a checkpoint, as best in a run is.
func IsCheckpoint(dir string) bool {
	return exists(filepath.Join(dir, MetaFile)) && exists(filepath.Join(dir, WeightsFile))
}

// Open returns the card and the file of weights of a run's folder, or of one of
// its checkpoints.
func Open(path string) (c *Card, weights string, err error) {
	dir := path
	if !IsCheckpoint(path) {
		if dir, err = CheckpointDir(path); err != nil {
			return nil, "", err
		}
	}
	b, err := readSmall(filepath.Join(dir, MetaFile))
	if err != nil {
		return nil, "", err
	}
	var meta struct {
		Model Described `json:"model"`
	}
	if err := json.Unmarshal(b, &meta); err != nil {
		return nil, "", errors.Wrapf(err, "read %s", filepath.Join(dir, MetaFile))
	}
	run := path
	if dir == path {
		run = filepath.Dir(path)
	}
	c, err = meta.Model.card(run)
	return c, filepath.Join(dir, WeightsFile), errors.Wrapf(err, "open %s", path)
}

// card returns the card, made of what there was before cards where there is none.
func (d Described) card(run string) (*Card, error) {
	if d.Card != nil {
		return d.Card, d.Card.Check()
	}
	if d.Model == "" {
		return nil, errors.New("the checkpoint does not say what its model is")
	}
	config, err := readSmall(filepath.Join(run, configFile))
	if err != nil {
		return nil, err
	}
	return Migrate(d, config)
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(b) > most {
		err = errors.Errorf("%s is larger than %d MB", path, most>>20)
	}
	return b, err
}
