#!/bin/sh
# May this customer buy for this amount? Asked over Odoo's JSON-2 API, with an API key.
#
#   export ODOO_URL=https://odoo.example.com ODOO_DB=production ODOO_KEY=…
#   docs/examples/may_buy.sh C-1001 25000 EUR
#
# Prints the answer; the exit code is 0 where the order would pass, 1 where it would not, 2 where nothing was answered.
set -u
customer=$1 amount=$2 currency=${3:-}

question="{\"customer\": \"$customer\", \"amount\": $amount${currency:+, \"currency\": \"$currency\"}}"
answer=$(curl --silent --show-error --fail-with-body --max-time 10 \
    --header "Authorization: bearer $ODOO_KEY" \
    --header "X-Odoo-Database: $ODOO_DB" \
    --header "Content-Type: application/json" \
    --data "$question" \
    "$ODOO_URL/json/2/credit.api.v1/may_buy") || { echo "$answer" >&2; exit 2; }

echo "$answer"
case $answer in
    *'"allowed": true'*) exit 0 ;;
    *) exit 1 ;;
esac
