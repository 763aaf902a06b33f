package dashboards

import (
	"encoding/json"
	"fmt"
	"io"
)

// The uids of deploy/grafana/provisioning/datasources.
const dsPrometheus = "prometheus"

// object is JSON as Grafana has it.
type object = map[string]any

// Write writes the dashboard as Grafana's JSON.
func (d *Dashboard) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(d.model()); err != nil {
		return fmt.Errorf("dashboard %s: %w", d.UID, err)
	}
	return nil
}

func (d *Dashboard) model() object {
	return object{
		"uid": d.UID, "title": d.Title, "description": d.Doc, "tags": []string{"rocketmq", "plume"},
		"schemaVersion": 39, "editable": false, "graphTooltip": 1, "refresh": "5s", "timezone": "browser",
		"time":        object{"from": "now-15m", "to": "now"},
		"timepicker":  object{"refresh_intervals": []string{"2s", "5s", "10s", "30s", "1m"}},
		"links":       []any{object{"type": "dashboards", "title": "RocketMQ", "tags": []string{"rocketmq"}, "asDropdown": false, "keepTime": true}},
		"annotations": object{"list": annotations()},
		"templating":  object{"list": []any{}},
		"panels":      d.panels(),
	}
}

func datasource() object { return object{"type": "prometheus", "uid": dsPrometheus} }

// annotations mark on every panel when something was broken on purpose, and when an alert fired.
func annotations() []any {
	mark := func(name, color, expr, title string) object {
		return object{
			"name": name, "enable": true, "iconColor": color, "datasource": datasource(), "expr": expr, "step": "5s", "titleFormat": title,
		}
	}
	return []any{
		mark("Faults", "orange", faultActive+" > 0", "{{fault}}"),
		mark("Alerts", "red", `ALERTS{alertstate="firing"}`, "{{alertname}}"),
	}
}

const panelHeight = 8

// panels lays the rows out from left to right, twenty-four columns wide.
func (d *Dashboard) panels() []any {
	var out []any
	id, y := 0, 0
	for _, row := range d.Rows {
		id++
		out = append(out, object{
			"id": id, "type": "row", "title": row.Title, "collapsed": false, "panels": []any{},
			"gridPos": object{"h": 1, "w": 24, "x": 0, "y": y},
		})
		y++
		x, high := 0, 0
		for i := range row.Panels {
			p := &row.Panels[i]
			h := panelHeight
			if p.Kind == stat {
				h = 4
			}
			if x+p.Width > 24 {
				x, y, high = 0, y+high, 0
			}
			id++
			out = append(out, p.model(id, object{"h": h, "w": p.Width, "x": x, "y": y}))
			x, high = x+p.Width, max(high, h)
		}
		y += high
	}
	return out
}

func (p *Panel) model(id int, place object) object {
	return object{
		"id": id, "type": p.Kind, "title": p.Title, "description": p.Doc, "gridPos": place, "datasource": datasource(),
		"targets": p.targets(), "fieldConfig": object{"defaults": p.defaults(), "overrides": []any{}}, "options": p.options(),
	}
}

func (p *Panel) targets() []any {
	out := make([]any, 0, len(p.Queries))
	for i, q := range p.Queries {
		format := "time_series"
		if p.Kind == heatmap {
			format = "heatmap"
		}
		instant := q.Instant || p.Kind == stat || p.Kind == bargauge
		out = append(out, object{
			"refId": string(rune('A' + i)), "datasource": datasource(), "expr": q.Expr, "legendFormat": q.Legend, "format": format,
			"exemplar": q.Exemplars, "instant": instant, "range": !instant,
		})
	}
	return out
}

func (p *Panel) defaults() object {
	d := object{"unit": p.Unit, "min": 0, "color": object{"mode": "palette-classic"}}
	switch p.Kind {
	case timeseries:
		d["custom"] = object{"lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": 15000}
	case stat, bargauge:
		d["color"] = object{"mode": "thresholds"}
		d["thresholds"] = object{"mode": "absolute", "steps": []any{object{"color": "green", "value": nil}}}
	case heatmap:
		delete(d, "min")
	}
	return d
}

func (p *Panel) options() object {
	switch p.Kind {
	case timeseries:
		return object{"legend": object{"displayMode": "list", "placement": "bottom"}, "tooltip": object{"mode": "multi", "sort": "desc"}}
	case heatmap:
		return object{
			"calculate": false, "cellGap": 1, "yAxis": object{"unit": p.Unit}, "exemplars": object{"color": "rgba(255,0,255,0.7)"},
			"color":   object{"mode": "scheme", "scheme": "Oranges", "steps": 64, "exponent": 0.5, "fill": "dark-orange"},
			"tooltip": object{"mode": "single", "yHistogram": true}, "legend": object{"show": false},
		}
	case bargauge:
		return object{"orientation": "horizontal", "displayMode": "basic", "reduceOptions": object{"calcs": []string{"lastNotNull"}}}
	}
	return object{"colorMode": "value", "graphMode": "none", "reduceOptions": object{"calcs": []string{"lastNotNull"}}}
}
