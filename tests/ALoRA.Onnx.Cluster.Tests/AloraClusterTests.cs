using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Cluster.Tests.Configuration;
using ALoRA.Onnx.Cluster.Tests.Processes;
using ALoRA.Onnx.Server;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Tests;

/// <summary>Two servers in this process, which talk to each other over TLS and Orleans' own messages.</summary>
[TestClass]
[DoNotParallelize]
public sealed class AloraClusterTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();

    [TestMethod]
    public async Task StartAsync_TwoServersWithCertificates_AnswerAsOne()
    {
        AloraClusterOptions first = Options("node-a", primary: null);
        await using AloraServer a = await StartAsync(first);
        await using AloraServer b = await StartAsync(Options("node-b", first.SiloPort));
        await MembersAsync(a, 2);
        await MembersAsync(b, 2);

        List<string> answers = [];
        for (int i = 0; i < 6; i++)
        {
            foreach (AloraServer server in new[] { a, b })
            {
                answers.Add(await AskAsync(server, $"What is {40 + i} + 38?"));
            }

            Assert.AreEqual(answers[^2], answers[^1]);
        }

        // Of six conversations asked of both, each was elsewhere for one of them.
        double elsewhere = await MetricAsync(a, "alora_cluster_requests_total", "elsewhere")
            + await MetricAsync(b, "alora_cluster_requests_total", "elsewhere");
        Assert.AreEqual(6, elsewhere);
    }

    [TestMethod]
    public async Task StartAsync_ServerOfAnotherAuthority_DoesNotJoin()
    {
        AloraClusterOptions first = Options("node-a", primary: null);
        await using AloraServer a = await StartAsync(first);
        using TestCertificates others = new();
        using TemporaryFolder folder = new();
        AloraClusterOptions foreign = others.Write(folder, "node-b", Options("node-b", first.SiloPort));
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(5));
        try
        {
            await using AloraServer b = await StartAsync(foreign, cancellationToken: patience.Token);
            Assert.Fail("It joined.");
        }
        catch (Exception exception) when (exception is not AssertFailedException)
        {
            Assert.AreEqual(1, await MetricAsync(a, "alora_cluster_members", ""));
        }
    }

    [TestMethod]
    public async Task Dashboard_IsForAdminsAlone()
    {
        string keys = _folder["admins.txt"];
        File.WriteAllText(keys, "the-admin-key\n");
        await using AloraServer server = await StartAsync(
            new AloraClusterOptions { Address = "localhost", SiloPort = FreePorts.Next(), Dashboard = true },
            options: options => options with { AdminKeyFile = keys });
        Uri page = new(new Uri(server.Addresses[0]), "/cluster/dashboard/");
        using HttpResponseMessage closed = await _http.GetAsync(page);
        Assert.AreEqual(HttpStatusCode.Unauthorized, closed.StatusCode);
        Assert.AreEqual("Basic", closed.Headers.WwwAuthenticate.Single().Scheme);
        Assert.AreEqual(HttpStatusCode.Forbidden, await StatusAsync(page, "x:wrong"));
        Assert.AreEqual(HttpStatusCode.OK, await StatusAsync(page, "x:the-admin-key"));
    }

    public void Dispose()
    {
        _http.Dispose();
        _certificates.Dispose();
        _folder.Dispose();
    }

    private static async Task<AloraServer> StartAsync(
        AloraClusterOptions cluster, Func<ServerOptions, ServerOptions>? options = null, CancellationToken cancellationToken = default)
    {
        ServerOptions given = new()
        {
            Model = await DemoModel.FolderAsync(),
            Urls = "http://127.0.0.1:0",
            Provider = "cpu",
            Threads = 1,
            MeasureTime = TimeSpan.Zero,
            DrainTimeout = TimeSpan.FromSeconds(1),
        };
        return await AloraCluster.StartAsync(
            options?.Invoke(given) ?? given, cluster, builder => builder.Logging.ClearProviders(), cancellationToken);
    }

    private AloraClusterOptions Options(string name, int? primary) => _certificates.Write(
        _folder, name, new AloraClusterOptions { Address = "localhost", SiloPort = FreePorts.Next(), PrimaryPort = primary });

    private async Task<HttpStatusCode> StatusAsync(Uri page, string login)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, page);
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(login)));
        using HttpResponseMessage response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    private async Task MembersAsync(AloraServer server, int count)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(1));
        while (await MetricAsync(server, "alora_cluster_load", "") < count)
        {
            await Task.Delay(100, patience.Token);
        }
    }

    // The sum of a metric's series that have a text in their labels; of loads, how many there are.
    private async Task<double> MetricAsync(AloraServer server, string name, string label)
    {
        string text = await _http.GetStringAsync(new Uri(new Uri(server.Addresses[0]), "/metrics"));
        string[] series = [.. text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains(label))];
        return name == "alora_cluster_load"
            ? series.Length
            : series.Sum(line => double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task<string> AskAsync(AloraServer server, string question)
    {
        string body = JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = question } }, max_tokens = 12 });
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.PostAsync(
            new Uri(new Uri(server.Addresses[0]), "/v1/chat/completions"), content);
        string text = await response.Content.ReadAsStringAsync();
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode, text);
        using JsonDocument json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }
}
