// placeholder until this folder has its first file
