package tensorboard_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/hocsau/hocsau/solvers/train/tensorboard"
)

func ExampleWriter() {
	var file bytes.Buffer
	w, err := tensorboard.NewWriter(&file, func() time.Time { return time.Unix(1700000000, 0) })
	if err != nil {
		fmt.Println(err)
		return
	}
	for step, loss := range []float64{2.3, 0.7} {
		if err := w.Scalar("train_loss", step, loss); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(file.Len(), "bytes")
	// Output: 134 bytes
}
