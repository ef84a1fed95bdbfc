"""What people look at: server-rendered pages for marketing, shop staff, operations and the data protection officer."""
