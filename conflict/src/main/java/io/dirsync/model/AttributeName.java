package io.dirsync.model;

/** The attributes that can change apart from content. Their order is part of the stored form. */
public enum AttributeName {
  MODE,
  MTIME,
  OWNER,
  GROUP
}
