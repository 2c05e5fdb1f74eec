package graph_test

import (
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// A batch whose variance overflows makes the running variance infinite too. The
// operation is to blame, not the buffer that it was written to.
func TestDiagnose_blamesTheOperationNotItsBuffer(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", 2, 1)
	y := nn.NewBatchNorm(g.Scope().At("bn"), 1, nn.BatchNormOpts{}).Forward(x)
	prog, err := g.Compile(y.Square().Sum())
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(x.Feed([]float32{-3e38, 3e38})); err != nil {
		t.Fatal(err)
	}
	err = prog.Diagnose()
	if err == nil || !strings.HasPrefix(err.Error(), "BatchNorm statistics: x(2, 1)") {
		t.Errorf("error %v, want the statistics of x to be named", err)
	}
}
