// Command detect finds the objects in a picture with a trained model:
//
//	go run ./docs/examples/detect RUN PICTURE
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/hocsau/hocsau/zoo/infer"
)

func main() {
	m, err := infer.Open(os.Args[1], infer.Opts{})
	if err != nil {
		log.Fatal(err)
	}
	d, err := m.Detector()
	if err != nil {
		log.Fatal(err)
	}
	objects, err := d.DetectFile(context.Background(), os.Args[2], infer.DetectOpts{})
	for _, o := range objects {
		fmt.Printf("%s %.2f %.0f\n", o.Class, o.Score, o.Box)
	}
	fmt.Println(len(objects), "objects", err)
}
