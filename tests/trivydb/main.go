// Writes an advisory database in Trivy's own format from facts in JSON: trivydb FACTS.json FOLDER UPDATED NEXT.
// Times are RFC 3339. The folder then holds trivy.db and metadata.json, as a registry serves them to Trivy.
package main

import (
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	bolt "go.etcd.io/bbolt"
)

type source struct {
	ID   types.SourceID `json:"id"`
	Name string         `json:"name"`
	URL  string         `json:"url"`
}

type advisory struct {
	ID         string   `json:"id"`
	Bucket     string   `json:"bucket"`
	Package    string   `json:"package"`
	Vulnerable []string `json:"vulnerable"`
	Patched    []string `json:"patched"`
	Fixed      string   `json:"fixed"`
	Severity   string   `json:"severity"`
	Title      string   `json:"title"`
	Reference  string   `json:"reference"`
}

type facts struct {
	Sources    map[string]source `json:"sources"`
	Advisories []advisory        `json:"advisories"`
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 5 {
		log.Fatal("usage: trivydb FACTS.json FOLDER UPDATED NEXT")
	}
	data, err := os.ReadFile(os.Args[1])
	check(err)
	var known facts
	check(json.Unmarshal(data, &known))
	check(db.Init(os.Args[2]))
	config := db.Config{}
	check(config.BatchUpdate(func(tx *bolt.Tx) error { return write(config, tx, known) }))
	check(config.DeleteAdvisoryDetailBucket())
	check(db.Close())
	check(metadata.NewClient(os.Args[2]).Update(metadata.Metadata{
		Version:    db.SchemaVersion,
		UpdatedAt:  moment(os.Args[3]),
		NextUpdate: moment(os.Args[4]),
	}))
}

func write(config db.Config, tx *bolt.Tx, known facts) error {
	for bucket, each := range known.Sources {
		if err := config.PutDataSource(tx, bucket, types.DataSource{ID: each.ID, Name: each.Name, URL: each.URL}); err != nil {
			return err
		}
	}
	for _, each := range known.Advisories {
		if err := put(config, tx, each, known.Sources[each.Bucket].ID); err != nil {
			return err
		}
	}
	return nil
}

func put(config db.Config, tx *bolt.Tx, each advisory, origin types.SourceID) error {
	severity, err := types.NewSeverity(each.Severity)
	if err != nil {
		return err
	}
	stored := &types.Advisory{
		VulnerableVersions: each.Vulnerable,
		PatchedVersions:    each.Patched,
		FixedVersion:       each.Fixed,
	}
	if err := config.PutAdvisoryDetail(tx, each.ID, each.Package, []string{each.Bucket}, stored); err != nil {
		return err
	}
	if err := config.SaveAdvisoryDetails(tx, each.ID); err != nil {
		return err
	}
	return config.PutVulnerability(tx, each.ID, types.Vulnerability{
		Title:          each.Title,
		Severity:       each.Severity,
		VendorSeverity: types.VendorSeverity{origin: severity, "nvd": severity},
		References:     []string{each.Reference},
	})
}

func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	check(err)
	return at
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
