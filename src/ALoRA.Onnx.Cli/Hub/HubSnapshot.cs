namespace ALoRA.Onnx.Cli.Hub;

/// <summary>The files of a repository at a commit, on this machine.</summary>
/// <param name="Folder">Where they lie.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Files">How many files were asked for; 0 where only the cache was looked at.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="DownloadedBytes">What was not there already.</param>
internal sealed record HubSnapshot(string Folder, string Commit, int Files = 0, long Bytes = 0, long DownloadedBytes = 0);
