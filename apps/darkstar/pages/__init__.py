"""What the pages show and order: one module per page, and their registry. The top's `page_server` serves them."""
