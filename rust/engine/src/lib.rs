//! stub
mod context;
