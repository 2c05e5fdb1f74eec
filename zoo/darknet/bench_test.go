package darknet_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hocsau/hocsau/zoo/darknet"
	"github.com/hocsau/hocsau/zoo/decode"
)

func BenchmarkYOLOFastest(b *testing.B) {
	weights := filepath.Join("..", "..", "..", "shared", "data", "weights", "yolo-fastest-1.1-coco", "yolo-fastest-1.1")
	if _, err := os.Stat(weights + ".cfg"); err != nil {
		b.Skipf("no %s.cfg", weights)
	}
	d, err := darknet.Open(weights+".cfg", weights+".weights")
	if err != nil {
		b.Fatal(err)
	}
	x := make([]float32, 3*320*320)
	for i := range x {
		x[i] = float32(i%251) / 251
	}
	for b.Loop() {
		if _, err := d.Detect(x, 1, decode.SuppressOptions{ScoreMin: 0.3, IoU: 0.45, PerClass: true}); err != nil {
			b.Fatal(err)
		}
	}
}
