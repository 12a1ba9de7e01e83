#!/bin/sh
# Hand in a bureau's score of a customer, over Odoo's JSON-2 API. Handed in again, it changes nothing.
#
#   export ODOO_URL=https://odoo.example.com ODOO_DB=production ODOO_KEY=…
#   docs/examples/push_score.sh C-1001 CR-2026-0815 2026-01-31 245
set -eu
customer=$1 report=$2 day=$3 score=$4

curl --silent --show-error --fail-with-body --max-time 30 \
    --header "Authorization: bearer $ODOO_KEY" \
    --header "X-Odoo-Database: $ODOO_DB" \
    --header "Content-Type: application/json" \
    --data @- "$ODOO_URL/json/2/credit.api.v1/push_bureau_scores" <<EOF
{
    "source": "bureau",
    "items": [{
        "reference": "$report", "customer": "$customer", "bureau": "Example Bureau", "date": "$day",
        "score": $score, "score_worst": 600, "score_best": 100
    }]
}
EOF
echo
