from decimal import Decimal as D
from datetime import date, timedelta
from tests.world import World
from tests.fakes.system import FakeSystem, Act
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.system import Connector, Reach, Grant
from ml_connector.domain.records.bill import *
from ml_connector.domain.records.vendor import *
from ml_connector.domain.records.record import digest
from ml_connector.domain.reference import ReferenceItem
from ml_connector.domain.records.kinds import *
from ml_connector.domain.money import Money
from ml_connector.pairs.freshbooks_jaggaer import FLOWS
from tests.fakes.world import FakeWorld
fw=FakeWorld()
class S(FakeSystem):
    def differs(self, meant, found):
        out=[]
        for f in ('number','total','lines','vendor','due_on'):
            if getattr(meant,f,None)!=getattr(found,f,None): out.append(f)
        return tuple(out)
src=S(clock=fw.clock,prefix="J"); dst=S(clock=fw.clock,prefix="F")
def conn(s): return Connector(system=s,title=s,reach=Reach.CALLED,grant=Grant.BASIC,reads=frozenset(),writes=frozenset(),references=frozenset(ReferenceKind),secret_fields=(),check_settings=None,oauth=None,open=None,account_of=None,limits=None)
class Sys:
    def open(self,c): return {'jaggaer':src,'freshbooks':dst}[c.system]
w=World(catalog=Catalog(flows={f.name:f for f in FLOWS},connectors={'jaggaer':conn('jaggaer'),'freshbooks':conn('freshbooks')}),open_systems=lambda p:Sys(),fakes=fw)
j=w.connect('jaggaer','jaggaer'); f=w.connect('freshbooks','freshbooks')
fv=w.flow('jaggaer_supplier_to_freshbooks_vendor',j,f); fb=w.flow('jaggaer_invoice_to_freshbooks_bill',j,f,on_conflict='hold',on_cancelled='void')
dst.references[ReferenceKind.ACCOUNT]=[ReferenceItem(id='10',name='Supplies')]
dst.references[ReferenceKind.VENDOR]=[]
src.shelf.put(Vendor(external_id='s1',number='0007',name='ACME INC'))
def bill(i,acct='10',total='100.00',**kw):
    return Bill(external_id=i,number='INV-'+i,vendor=VendorRef(number='0007',name='ACME INC'),issued_on=date(2026,1,2),due_on=date(2026,2,2),currency='USD',total=Money(D(total),'USD'),lines=(BillLine(number='1',amount=D(total),unit_price=D(total),splits=(Split(account=AccountRef(code=acct,name='Supplies?')),)),),**kw)
src.shelf.put(bill('1')); src.shelf.put(bill('2',acct='999')); src.shelf.put(bill('3',status=BillStatus.NOT_APPROVED))
print(w.poll(fb)); w.run_until_quiet(); print(w.states(fb), w.failures)
print(w.poll(fv)); w.run_until_quiet(); print(w.states(fv), w.states(fb), w.failures)
for r in ('1','2','3'): print(w.row(fb,r).state, w.row(fb,r).reasons)
dst.references[ReferenceKind.ACCOUNT].append(ReferenceItem(id='999',name='New'))
fw.clock.advance(timedelta(hours=1)); dst.will(Act.LOSE_ANSWER)
print(w.poll(fb)); w.run_until_quiet(); print(w.states(fb), w.failures, len(dst.shelf.log))
src.shelf.put(bill('1',total='120.00')); src.shelf.put(bill('2',acct='999',status=BillStatus.CANCELLED)); 
print(w.poll(fb)); w.run_until_quiet(); print(w.states(fb), w.failures, len(dst.shelf.log), [ (x.action) for x in dst.shelf.log])
for r in ('1','2','3'):
    print(w.row(fb,r).state, w.row(fb,r).reasons)
    for e in fw.ledger.trail(w.row(fb,r).record): print('   ',e.sequence,e.event.step,e.event.text)
fw.clock.advance(timedelta(hours=3)); c=fw.hooks
print(w.poll(fb, full=True)); w.run_until_quiet(); print(len(dst.shelf.log))
