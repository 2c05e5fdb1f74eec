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

// shippedWeights is where the weights of SqueezeNet 1.1 lie below a root of data.
const shippedWeights = "weights/squeezenet1_1-imagenet-notop/squeezenet1_1_notop.safetensors"

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
		path := filepath.Join(root, filepath.FromSlash(shippedWeights))
		if _, err := os.Stat(path); err == nil {
			return train.OpenFeatures(path)
		}
		looked = append(looked, path)
	}
	fmt.Fprintf(a.Err, "hocsau: warning: no trained weights of a feature network (looked for %s): its weights are random, which tells styles apart less well; --weights names a file of SqueezeNet 1.1 or VGG-19\n", strings.Join(looked, ", "))
	return train.NewFeatures("squeezenet", "")
}
