//! KEY-1 and KEY-2: a key without a trusted dealer, deals that prove their place and their boxes, and complaints.

mod boxes;
mod complaints;
mod council;
mod deals;
