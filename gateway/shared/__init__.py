"""What several gateways of one site count and know together, in a Redis or Valkey: rates, quotas, signatures used, orders.

How it is kept there says `gateway/shared/*.lua`; who bears it when it is gone, `counters`.
"""
