package classify

import (
	"strconv"
	"strings"

	"github.com/hocsau/hocsau/solvers/train"
)

// flowWidth is how many units a layer has through which gradients are followed.
const flowWidth = 64

// Flow follows the gradient through the depth of plain and residual layers, as
// many as a residual network has.
func (j *job) Flow() (string, []train.Flow, error) {
	number, ok := strings.CutPrefix(j.settings.Model, "resnet")
	depth, err := strconv.Atoi(number)
	if !ok || err != nil {
		return "", nil, nil
	}
	flows, err := train.FlowOverDepth(depth, flowWidth, j.settings.Seed)
	return "layers l, in pairs", flows, err
}
