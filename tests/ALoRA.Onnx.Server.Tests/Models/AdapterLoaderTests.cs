using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Server.Tests.Models;

/// <summary>What a cluster's catalogue asks of a node's loader.</summary>
[TestClass]
public sealed class AdapterLoaderTests
{
    [TestMethod]
    public async Task LoadFetched_ConvertedFolder_IsServedAndDeletedWithTheAdapter()
    {
        await using TestServer server = await TestServer.StartAsync();
        (ServedModel served, AdapterLoader loader) = PartsOf(server);
        string folder = await CopyAsync();

        await loader.LoadFetchedAsync(served.Lease, "mine", folder, await HashAsync(), CancellationToken.None);
        Assert.Contains("mine", server.Server.AdapterNames);
        await server.Server.ReloadModelAsync();
        Assert.Contains("mine", server.Server.AdapterNames, "It was not carried over to the new model.");

        Assert.IsTrue(await loader.RetireAsync(served.Lease, "mine", TimeSpan.Zero, CancellationToken.None));
        Assert.DoesNotContain("mine", server.Server.AdapterNames);
        Assert.IsFalse(Directory.Exists(folder));
    }

    [TestMethod]
    [DataRow("mine", "{", null, 400)]
    [DataRow("certainty", null, null, 409)]
    [DataRow("mine", null, "0000", 400)]
    public async Task LoadFetched_WhatCannotBeLoaded_IsDeletedAndSaid(string name, string? manifest, string? hash, int status)
    {
        await using TestServer server = await TestServer.StartAsync();
        (ServedModel served, AdapterLoader loader) = PartsOf(server);
        string folder = await CopyAsync();
        if (manifest is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, AdapterManifest.FileName), manifest);
        }

        ApiError error = await Assert.ThrowsExactlyAsync<ApiError>(
            () => loader.LoadFetchedAsync(served.Lease, name, folder, hash, CancellationToken.None));

        Assert.AreEqual(status, error.Status);
        Assert.IsFalse(Directory.Exists(folder));
        Assert.DoesNotContain("mine", server.Server.AdapterNames);
        Assert.DoesNotContain("mine", served.Current!.Model.Adapters.LoadedNames);
    }

    [TestMethod]
    public async Task Resolve_AdapterThatHasNotArrived_SaysSoUntilItHas()
    {
        await using TestServer server = await TestServer.StartAsync();
        (ServedModel served, AdapterLoader loader) = PartsOf(server);
        ServedAdapters adapters = served.Current!.Adapters;

        adapters.Miss("mine", "nobody has it");

        ApiError error = Assert.ThrowsExactly<ApiError>(() => adapters.Resolve("mine"));
        Assert.AreEqual((503, "adapter_lags"), (error.Status, error.Code));
        Assert.Contains("nobody has it", error.Message);
        await loader.LoadFetchedAsync(served.Lease, "mine", await CopyAsync(), await HashAsync(), CancellationToken.None);
        Assert.AreEqual("mine", adapters.Resolve("mine"));
        await loader.RetireAsync(served.Lease, "mine", TimeSpan.Zero, CancellationToken.None);
        Assert.AreEqual(404, Assert.ThrowsExactly<ApiError>(() => adapters.Resolve("mine")).Status);
    }

    [TestMethod]
    public async Task Retire_WhileARequestUsesIt_TakesNoNewOnesAndLetsItEnd()
    {
        await using TestServer server = await TestServer.StartAsync();
        (ServedModel served, AdapterLoader loader) = PartsOf(server);
        await loader.LoadFetchedAsync(served.Lease, "mine", await CopyAsync("certainty-lora"), hash: null, CancellationToken.None);
        using ModelLease lease = served.Lease();
        EngineAnswer running = lease.Opened.Engine.Submit(new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted([5, 6, 7, 8]),
            Adapter = "mine",
            Generation = new GenerationOptions { MaxNewTokens = 2000, IgnoreEndOfText = true, Temperature = 0 },
        });

        Assert.IsFalse(await loader.RetireAsync(served.Lease, "mine", TimeSpan.Zero, CancellationToken.None));
        Assert.DoesNotContain("mine", server.Server.AdapterNames);
        string again = await CopyAsync();
        ApiError error = await Assert.ThrowsExactlyAsync<ApiError>(
            () => loader.LoadFetchedAsync(served.Lease, "mine", again, hash: null, CancellationToken.None));
        Assert.AreEqual((409, "adapter_in_use"), (error.Status, error.Code));

        Task<bool> retiring = loader.RetireAsync(served.Lease, "mine", HangGuard.Limit, CancellationToken.None);
        await running.DisposeAsync();

        Assert.IsTrue(await retiring);
        await loader.LoadFetchedAsync(served.Lease, "mine", await CopyAsync(), hash: null, CancellationToken.None);
        Assert.Contains("mine", server.Server.AdapterNames);
    }

    private static (ServedModel Served, AdapterLoader Loader) PartsOf(TestServer server) =>
        (server.Server.Services.GetRequiredService<ServedModel>(), server.Server.Services.GetRequiredService<AdapterLoader>());

    private static async Task<string> HashAsync() => (await DemoModel.OpenAsync()).Adapters.Get("certainty").ContentHash;

    private static async Task<string> CopyAsync(string adapter = "certainty")
    {
        string target = Directory.CreateTempSubdirectory("alora-test-").FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(await DemoModel.FolderAsync(), "adapters", adapter)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }
}
