using Slipway.Edge.Gateway;
using Slipway.Edge.Proxy;
using Slipway.Edge.Quotas;
using Slipway.Edge.Releases;
using Slipway.Edge.Tenants;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Telemetry.Keeping;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddTenants();
builder.AddActiveRelease();
builder.AddQuotas();
builder.AddGateway();
builder.AddProxy();

var app = builder.Build();

app.UseRequestId();
app.UseErrorShape();
app.UseConsolePort();
app.MapHealthEndpoints();
app.UseGateway();
app.MapMetrics();
app.MapKeepEndpoint();
app.MapProxy();

app.Run();
