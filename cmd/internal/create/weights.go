package create

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/solvers/train"
)

// usualWeights are where weights of SqueezeNet 1.1 lie below a root of data: a
// known set's, and what weights get downloads.
func usualWeights() []string {
	return []string{
		"weights/squeezenet1_1-imagenet-notop/squeezenet1_1_notop.safetensors",
		"weights/squeezenet1_1-b8a52dc0.pth",
	}
}

// featureNetwork returns the network whose features are compared: that of the file
// which the user names, else SqueezeNet with weights that lie below a root of
// data, else with random ones, of which it warns.
func featureNetwork(a *run.App, file, dataDir string) (*train.FeatureNetwork, error) {
	if file != "" {
		return train.OpenFeatures(file)
	}
	roots := []string{dataDir, os.Getenv(datasets.Variable)}
	if cache, err := datasets.CacheRoot(); err == nil {
		roots = append(roots, cache)
	}
	var looked []string
	for _, root := range roots {
		if root == "" {
			continue
		}
		for _, name := range usualWeights() {
			path := filepath.Join(root, filepath.FromSlash(name))
			if _, err := os.Stat(path); err == nil {
				return train.OpenFeatures(path)
			}
		}
		looked = append(looked, filepath.Join(root, "weights"))
	}
	fmt.Fprintf(a.Err, "hocsau: warning: no weights of SqueezeNet 1.1 in %s: the features are those of random weights, which tell styles apart less well; get some with: %s weights get squeezenet1_1-imagenet\n",
		strings.Join(looked, ", "), run.Self())
	return train.NewFeatures("squeezenet", "")
}
